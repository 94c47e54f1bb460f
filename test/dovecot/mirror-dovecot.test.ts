import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openMailClient } from '../servers/mail-client.ts'
import type { MailClient } from '../servers/mail-client.ts'
import { startDovecot } from '../servers/dovecot.ts'
import type { Dovecot } from '../servers/dovecot.ts'
import { withoutDovecot } from '../servers/without-dovecot.ts'
import { mirrorState } from '../support/mirror-state.ts'
import { accountAt, imapSource, runSync } from '../support/run-sync.ts'
import type { RunOptions, RunOutcome } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { serverState } from './server-state.ts'

const user = 'ada'

/** A UID's body never comes twice, unless its uidValidity changed. */
const bodiesIn = ({ result }: RunOutcome): number =>
  result.accounts.flatMap(({ mailboxes }) => mailboxes).reduce((sum, mailbox) => sum + mailbox.newMessages, 0)

async function expectEqual(server: Dovecot, options: RunOptions, newMessages: number): Promise<RunOutcome> {
  const outcome = await runSync(options)
  expect(outcome.result.accounts[0]?.error).toBeUndefined()
  expect(outcome.result.accounts[0]?.mailboxes.filter(({ complete }) => !complete)).toEqual([])
  expect(mirrorState(options.storePath)).toEqual(await serverState(server, user))
  expect(bodiesIn(outcome)).toBe(newMessages)
  const again = await runSync(options)
  expect(again.result.complete).toBe(true)
  expect(again.events.filter(({ type }) => type === 'batch-started' || type === 'mailbox-started')).toEqual([])
  return outcome
}

const text = (subject: string, body = 'Regards,\r\nAda\r\n'): Buffer =>
  Buffer.from(`From: Ada <ada@example.org>\r\nSubject: ${subject}\r\n\r\n${body}`)

const encoded = {
  japanese: 'Travel/&ZeVnLA-',
  russian: '&BCAEMAQxBD4EQgQw-',
  ampersand: 'Tom &- Jerry',
  quotes: String.raw`She said "hi" \ bye`,
}

async function fill(client: MailClient): Promise<void> {
  const oldDate = new Date('2001-09-09T01:46:40Z')
  for (const name of Object.values(encoded)) await client.create(name)
  await client.create('Empty/Nested/Deep')
  await client.append('INBOX', [
    { octets: text('plain'), flags: [String.raw`\Seen`, '$Junk'], internalDate: oldDate },
    { octets: Buffer.concat([text('8-bit'), Buffer.from([0xff, 0xfe, 0xe9, 0x0d, 0x0a])]) },
    { octets: text('long line', `${'x'.repeat(200_000)}\r\n`), flags: [String.raw`\Flagged`] },
    { octets: Buffer.from('no header at all\r\n') },
    { octets: text('separator', 'From here on\r\n>From there\r\n') },
  ])
  await client.append(
    encoded.japanese,
    Array.from({ length: 300 }, (_, index) => ({ octets: text(`trip ${index}`), internalDate: oldDate })),
  )
  await client.append(encoded.quotes, [{ octets: text('quoted') }])
  await client.append(encoded.russian, [{ octets: text('same') }, { octets: text('same') }])
  await client.append(encoded.ampersand, [{ octets: text('large', '0123456789abcdef\r\n'.repeat(1_700_000)) }])
}

describe.skipIf(withoutDovecot).each(['maildir', 'mdbox', 'sdbox'] as const)('a mirror of a Dovecot (%s)', (format) => {
  test('is equal octet by octet after each kind of change, and a run without change asks for no mailbox', async () => {
    await using server = await startDovecot({ format })
    await using client = await openMailClient({ ...server, user })
    await fill(client)
    const storePath = join(temporaryDirectory(), 'mail.db')
    const accounts = [accountAt(server.port)]
    const options = { accounts, storePath, source: imapSource(undefined, server.password) }

    await expectEqual(server, options, 309)

    await client.select(encoded.japanese)
    await client.addFlags('1:5', [String.raw`\Answered`, 'Forwarded'])
    await client.select('INBOX')
    await client.removeFlags('1', [String.raw`\Seen`])
    await client.append('INBOX', [{ octets: text('new') }])
    await expectEqual(server, options, 1)

    await client.expunge('2')
    await client.append('INBOX', [{ octets: text('as many as before') }])
    await client.select(encoded.japanese)
    await client.expunge('10:200')
    const { result } = await expectEqual(server, options, 1)
    expect(
      result.accounts[0]?.mailboxes.map(({ path, removed }) => [path, removed]).filter(([, n]) => n !== 0),
    ).toEqual([
      ['INBOX', 1],
      ['Travel/日本', 191],
    ])
    expect(Object.keys(mirrorState(storePath, 'removed'))).toHaveLength(192)

    await client.select('INBOX')
    await client.rename(encoded.russian, 'Renamed')
    await client.deleteMailbox(encoded.quotes)
    const renamed = await expectEqual(server, options, 0)
    const changes = renamed.events.filter(({ type }) => type === 'mailbox-renamed' || type === 'mailbox-gone')
    expect(changes.toSorted((one, other) => (one.type < other.type ? -1 : 1))).toEqual([
      { type: 'mailbox-gone', account: 'ada', mailbox: encoded.quotes, removed: 1 },
      { type: 'mailbox-renamed', account: 'ada', mailbox: 'Renamed', formerly: 'Работа' },
    ])

    await client.move('1', 'Renamed')
    await client.copy('3', 'Renamed')
    await expectEqual(server, options, 2)
  })
})

describe.skipIf(withoutDovecot)('a mirror of a Dovecot whose files were not made by a mail client', () => {
  test('F79: NUL, bare LF, bare CR, 8-bit header fields and 30 MB come as the server serves them', async () => {
    const mailDirectory = temporaryDirectory()
    chmodSync(mailDirectory, 0o755)
    await using server = await startDovecot({ format: 'maildir', mailDirectory })
    {
      await using client = await openMailClient({ ...server, user })
      await client.append('INBOX', [{ octets: text('first') }])
    }
    const inbox = join(mailDirectory, user, 'cur')
    const { uid, gid } = statSync(inbox)
    const odd = {
      nul: 'Subject: a\0b\r\n\r\nx\0y\0\r\n',
      'bare-lf': 'Subject: unix\n\none\ntwo\n',
      'bare-cr': 'Subject: old\r\n\r\none\rtwo\r\n',
      'eight-bit': 'Subject: Gr\u00fc\u00dfe\r\n\r\nk\u00e4se\r\n',
      'no-end': 'Subject: cut\r\n\r\nno final line break',
      large: `Subject: large\r\n\r\n${'\0\u00ff0123456789\r\n'.repeat(2_200_000)}`,
    }
    for (const [name, octets] of Object.entries(odd)) {
      const path = join(inbox, `1000000000.${name}.example:2,S`)
      writeFileSync(path, octets, 'latin1')
      chownSync(path, uid, gid)
    }
    const storePath = join(temporaryDirectory(), 'mail.db')
    const accounts = [accountAt(server.port)]
    await expectEqual(server, { accounts, storePath, source: imapSource(undefined, server.password) }, 7)
  })
})
