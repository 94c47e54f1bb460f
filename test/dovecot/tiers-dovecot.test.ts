import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startDovecot } from '../servers/dovecot.ts'
import type { Dovecot } from '../servers/dovecot.ts'
import { openMailClient } from '../servers/mail-client.ts'
import type { MailClient } from '../servers/mail-client.ts'
import { withoutDovecot } from '../servers/without-dovecot.ts'
import { serverState } from './server-state.ts'
import { TierMirrors, tiers, user } from './tier-mirrors.ts'

const letter = (subject: string): Buffer =>
  Buffer.from(`From: Ada <ada@example.org>\r\nSubject: ${subject}\r\n\r\nRegards\r\n`)

type Change = (client: MailClient, server: Dovecot) => Promise<unknown>

const changes: readonly (readonly [string, Change])[] = [
  ['a flag', (client) => client.addFlags('3', [String.raw`\Flagged`, 'Holiday'])],
  ['an expunged message', (client) => client.expunge('5')],
  ['a new message', (client) => client.append('INBOX', [{ octets: letter('new') }])],
  [
    'all at once',
    async (client) => {
      await client.removeFlags('3', [String.raw`\Flagged`])
      await client.expunge('1,7:9')
      await client.append('INBOX', [{ octets: letter('newer') }, { octets: letter('newest') }])
      await client.expunge('20')
    },
  ],
  [
    'one that comes and goes between two runs',
    async (client) => {
      await client.append('INBOX', [{ octets: letter('short-lived') }])
      await client.expunge('24')
    },
  ],
]

describe.skipIf(withoutDovecot).each(['maildir', 'mdbox'] as const)('every tier on a Dovecot (%s)', (format) => {
  test('mirrors the same, QRESYNC by EXAMINE alone and with no more round trips than CONDSTORE', async () => {
    await using server = await startDovecot({ format })
    await using client = await openMailClient({ ...server, user })
    await client.append(
      'INBOX',
      Array.from({ length: 20 }, (_, index) => ({ octets: letter(`number ${index}`) })),
    )
    const mirrors = new TierMirrors(server)
    await mirrors.sync()
    await client.select('INBOX')
    for (const [what, change] of changes) {
      await change(client, server)
      const { QRESYNC = NaN, CONDSTORE = NaN } = await mirrors.sync()
      const { examined, suspicious } = mirrors
      expect({ what, resyncs: examined.length, suspicious }).toEqual({ what, resyncs: 1, suspicious: [] })
      expect(mirrors.examined[0]?.vanished).toBeDefined()
      expect(QRESYNC).toBeLessThanOrEqual(CONDSTORE)
    }
    for (const tier of tiers) expect(mirrors.removed(tier)).toHaveLength(6)
    const { QRESYNC, CONDSTORE } = await mirrors.sync()
    expect(QRESYNC).toBe(CONDSTORE)
  })
})

describe.skipIf(withoutDovecot)('every tier on a Dovecot', () => {
  test('F61 whose modseqs begin anew, since its indexes are lost, sees the flags of all messages', async () => {
    await using server = await startDovecot()
    const mirrors = new TierMirrors(server)
    {
      await using client = await openMailClient({ ...server, user })
      await client.append(
        'INBOX',
        Array.from({ length: 9 }, (_, index) => ({ octets: letter(`number ${index}`) })),
      )
      await client.select('INBOX')
      // Enough to be above what Dovecot begins anew with, about 8: one that is equal by chance says that nothing changed.
      for (let turn = 0; turn < 10; turn++) {
        await client.addFlags('2', ['again'])
        await client.removeFlags('2', ['again'])
      }
      await mirrors.sync()
      await client.addFlags('3,5', [String.raw`\Flagged`])
    }
    const before = mirrors.highestModseqs
    const inbox = join(server.mailDirectory, user)
    for (const name of readdirSync(inbox)) if (name.startsWith('dovecot.index')) rmSync(join(inbox, name))
    await mirrors.sync()
    for (const tier of ['QRESYNC', 'CONDSTORE']) {
      expect(mirrors.highestModseqs[tier] ?? 0n).toBeLessThan(before[tier] ?? 0n)
    }
  })

  test('F33 begins a new epoch where UIDVALIDITY has changed, up and down', async () => {
    await using server = await startDovecot()
    {
      await using client = await openMailClient({ ...server, user })
      await client.append('INBOX', [{ octets: letter('one') }, { octets: letter('two') }])
    }
    const mirrors = new TierMirrors(server)
    await mirrors.sync()
    for (const uidValidity of ['2000000000', '12345']) {
      await server.doveadm('mailbox', 'update', '-u', user, '--uid-validity', uidValidity, 'INBOX')
      await mirrors.sync()
      expect(Object.keys(await serverState(server, user))).toEqual([`INBOX/${uidValidity}/1`, `INBOX/${uidValidity}/2`])
    }
  })
})
