import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { startDovecot } from '../servers/dovecot.ts'
import { FaultProxy } from '../servers/fault-proxy.ts'
import { openMailClient } from '../servers/mail-client.ts'
import type { MailClient } from '../servers/mail-client.ts'
import { withoutDovecot } from '../servers/without-dovecot.ts'
import { mirrorState } from '../support/mirror-state.ts'
import { accountAt, imapSource } from '../support/run-sync.ts'
import { RunningWatch } from '../support/run-watch.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { serverState } from './server-state.ts'

const user = 'ada'
const text = (subject: string): Buffer =>
  Buffer.from(`From: Ada <ada@example.org>\r\nSubject: ${subject}\r\n\r\nHello\r\n`)

async function fill(client: MailClient): Promise<void> {
  await client.create('Archive')
  await client.create('Lists')
  for (const mailbox of ['INBOX', 'Archive', 'Lists']) {
    await client.append(
      mailbox,
      Array.from({ length: 20 }, (_, index) => ({ octets: text(`${mailbox} ${index}`) })),
    )
  }
}

/** What another client does in one round. */
async function disturb(client: MailClient, round: number): Promise<void> {
  await client.append('INBOX', [{ octets: text(`inbox in ${round}`) }])
  await client.append('Archive', [{ octets: text(`archive in ${round}`) }])
  await client.select('INBOX')
  await client.addFlags(`${round + 1}`, [String.raw`\Flagged`, '$Round'])
  if (round % 3 === 0) await client.move(`${round + 2}`, 'Archive')
  if (round % 4 === 1) await client.expunge(`${round + 3}`)
  if (round === 5) await client.rename('Lists', 'Post')
  if (round === 7) await client.create('New')
  if (round >= 8) await client.append('New', [{ octets: text(`new in ${round}`) }])
}

/** No number of the log is missing, and no message was added twice. */
function expectSoundLog(storePath: string): void {
  const database = new Sqlite(storePath, { readonly: true })
  try {
    const seqs = database.prepare<[], number>('SELECT seq FROM change ORDER BY seq').pluck().all()
    expect(seqs).toEqual(seqs.map((_, index) => index + 1))
    const twice = database.prepare(
      `SELECT epoch, uid FROM change WHERE kind = 'message-added' GROUP BY epoch, uid HAVING count(*) > 1`,
    )
    expect(twice.all()).toEqual([])
  } finally {
    database.close()
  }
}

describe.skipIf(withoutDovecot)('watch beside a second client of a Dovecot', () => {
  test.each([
    ['that tells of all mailboxes', [], false],
    ['that has no NOTIFY', ['NOTIFY'], false],
    ['over a compressed connection', ['NOTIFY'], true],
  ] as const)('%s is told at once', async (_name, disable, compress) => {
    await using server = await startDovecot({ settings: ['protocol imap {\n  mail_plugins = zlib imap_zlib\n}'] })
    await using client = await openMailClient({ ...server, user })
    await fill(client)
    const storePath = join(temporaryDirectory(), 'mail.db')
    const source = imapSource(undefined, server.password, compress)
    const accounts = [accountAt(server.port, { connections: 2, disable })]
    await using running = await RunningWatch.start({ accounts, storePath, source })
    await running.mirrored()
    await running.listening()
    await client.append('INBOX', [{ octets: text('arrived') }])
    expect((await running.passOf('INBOX')).newMessages).toBe(1)
    await client.append('Archive', [{ octets: text('filed') }])
    if (disable.length > 0) await running.clock.advance(60_000)
    expect((await running.passOf('Archive')).newMessages).toBe(1)
    await client.select('INBOX')
    await client.addFlags('4', [String.raw`\Flagged`])
    expect((await running.passOf('INBOX')).flagChanges).toBe(1)
    await client.expunge('3')
    let removed = 0
    while (removed === 0) ({ removed } = await running.passOf('INBOX'))
    expect(removed).toBe(1)
    expect(mirrorState(storePath)).toEqual(await serverState(server, user))
    expect((await running.stop()).reason).toBe('signal')
  })

  test('F03 F15 F31 the store is the server, and the log has each change once, however often connections are cut', async () => {
    await using server = await startDovecot()
    await using client = await openMailClient({ ...server, user })
    await using proxy = await FaultProxy.open(server.port)
    await fill(client)
    const storePath = join(temporaryDirectory(), 'mail.db')
    const source = imapSource(undefined, server.password)
    const accounts = [accountAt(proxy.port, { connections: 3 })]
    await using running = await RunningWatch.start({ accounts, storePath, source })
    await running.mirrored()
    for (let round = 0; round < 12; round++) {
      await disturb(client, round)
      if (round % 2 === 0) proxy.cutAll()
      await running.clock.advance(61_000)
      if (round % 3 === 2) await running.next('mailbox-finished')
    }
    await running.clock.advance(15 * 60_000)
    await running.next('account-finished', ({ account }) => account.outcome === 'complete')
    await running.clock.advance(15 * 60_000)
    await running.next('account-finished', ({ account }) => account.outcome === 'complete')
    expect((await running.stop()).reason).toBe('signal')
    expect(mirrorState(storePath)).toEqual(await serverState(server, user))
    expectSoundLog(storePath)
  })
})
