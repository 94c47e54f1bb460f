import { hash } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createSentMailboxes } from '../../src/imap/sent-mailbox.ts'
import type { Account } from '../../src/model/account.ts'
import type { SentMailbox } from '../../src/send/ports.ts'
import { startCourier } from '../servers/courier.ts'
import { startCyrus } from '../servers/cyrus.ts'
import { startDovecot } from '../servers/dovecot.ts'
import { openMailClient } from '../servers/mail-client.ts'
import type { MailServer } from '../servers/mail-server.ts'
import { startMailutils } from '../servers/mailutils.ts'
import { readServer } from '../servers/read-server.ts'
import { startScriptedServer } from '../servers/scripted-server.ts'
import type { Answer, ScriptedServer } from '../servers/scripted-server.ts'
import { withoutServers } from '../servers/unpacked.ts'
import { withoutDovecot } from '../servers/without-dovecot.ts'
import { accountAt, password } from '../support/run-sync.ts'
import { NotingLane } from './noting-lane.ts'
import { errorOf } from './outcome.ts'
import { fixedPassword } from '../support/fixed-password.ts'

type Login = Pick<MailServer, 'port' | 'user' | 'password'>

async function openSent(
  { port, user, password: secret }: Login,
  settings: Partial<Account> = {},
): Promise<SentMailbox> {
  const lanes: string[] = []
  const mailboxes = createSentMailboxes(
    { secrets: fixedPassword(secret), version: '0.0.0', connectTimeoutMs: 10_000 },
    ({ name }) => {
      lanes.push(name)
      return new NotingLane()
    },
  )
  const account = accountAt(port, { ...settings, server: { user } })
  const sent = await mailboxes.open(account, new AbortController().signal)
  onTestFinished(() => sent.close())
  expect(lanes).toEqual(['ada'])
  return sent
}

const sentAtMs = Date.parse('2024-03-05T04:30:00.900Z')
const seconds = Date.parse('2024-03-05T04:30:00Z') / 1000
const letter = (id: string, subject = 'plain'): Buffer =>
  Buffer.from(`From: ada@example.org\r\nSubject: ${subject}\r\nMessage-ID: ${id}\r\n\r\nRegards,\r\nAda\r\n`)

interface Kind {
  readonly name: string
  readonly isMissing: boolean
  readonly start: () => Promise<MailServer>
  readonly path: string
  /** Cyrus puts an X for each octet beyond ASCII that stands in a header. */
  readonly keepsUtf8: boolean
  /** mailutils forgets flags and dates of what is appended. */
  readonly forgets: boolean
}

const startAdasDovecot = async (settings: readonly string[] = []): Promise<MailServer> => ({
  ...(await startDovecot({ settings })),
  user: 'ada',
})

const usual = { path: 'Sent', isMissing: withoutServers, keepsUtf8: true, forgets: false }
const kinds: readonly Kind[] = [
  { ...usual, name: 'Dovecot', isMissing: withoutDovecot, start: startAdasDovecot },
  { ...usual, name: 'Cyrus', start: startCyrus, keepsUtf8: false },
  { ...usual, name: 'Courier', start: startCourier, path: 'INBOX.Sent' },
  { ...usual, name: 'mailutils', start: startMailutils, forgets: true },
]

describe.each(kinds)('$name', ({ isMissing, start, path, keepsUtf8, forgets }) => {
  test.skipIf(isMissing)('makes the mailbox, files messages, and tells those that it holds from others', async () => {
    await using server = await start()
    const sent = await openSent(server)
    const odd = String.raw`<"a \"b\" c"@example.org>`
    const kept = ['<one@example.org>', odd, ...(keepsUtf8 ? ['<grün@example.org>'] : [])]
    const messages = kept.map((id) => letter(id === odd ? `\r\n ${id}` : id, id))
    const ids = [...kept, '<ne@example.org>', 'one@example.org', '<two@example.org>', '<grum@example.org>']
    const held = async (box: SentMailbox): Promise<readonly string[]> => {
      const found: string[] = []
      for (const id of ids) if (await box.holds(id)) found.push(id)
      return found
    }
    expect([sent.path, await held(sent)]).toEqual([path, []])
    for (const octets of messages) await sent.append(octets, sentAtMs)
    expect(await held(sent)).toEqual(kept)
    const second = letter('<two@example.org>')
    await sent.append(second, sentAtMs)
    await sent.close()
    const again = await openSent(server)
    expect([again.path, await again.holds('<two@example.org>')]).toEqual([path, true])

    const truth = await readServer(server.port, server.user, server.password)
    expect(
      truth.messages.map(({ mailbox, sha256, flags, internalDateSeconds }) =>
        forgets ? [mailbox, sha256] : [mailbox, sha256, flags, internalDateSeconds],
      ),
    ).toEqual(
      [...messages, second].map((octets) =>
        forgets ? [path, hash('sha256', octets)] : [path, hash('sha256', octets), [String.raw`\Seen`], seconds],
      ),
    )
    await using client = await openMailClient(server)
    expect((await client.command('LSUB "" "*"')).filter((line) => line.includes('Sent'))).toHaveLength(1)
  })
})

describe.skipIf(withoutDovecot)('which mailbox it is', () => {
  const marked = [
    'namespace inbox {',
    'mailbox "Gesendete Grüße" {',
    String.raw`special_use = \Sent`,
    'auto = create',
    '}',
    '}',
  ]
  const encoded = 'Gesendete Gr&APwA3w-e'

  test('the one that the server marks as \\Sent, whatever it is called', async () => {
    await using server = await startAdasDovecot(marked)
    await using client = await openMailClient(server)
    await client.create('Sent')
    const sent = await openSent(server)
    await sent.append(letter('<one@example.org>'), sentAtMs)
    expect([sent.path, await sent.holds('<one@example.org>')]).toEqual(['Gesendete Grüße', true])
    const { messages } = await readServer(server.port, 'ada', server.password)
    expect(messages.map(({ mailbox }) => mailbox)).toEqual([encoded])
  })

  test('what the config says comes first, also that the marked one is none', async () => {
    await using server = await startAdasDovecot(marked)
    await using client = await openMailClient(server)
    await client.create(String.raw`Out "&AOQ-" \ box`)
    const path = String.raw`Out "ä" \ box`
    const configured = await openSent(server, { specialUse: { [path]: 'sent' } })
    await configured.append(letter('<one@example.org>'), sentAtMs)
    expect([configured.path, await configured.holds('<one@example.org>')]).toEqual([path, true])
    const other = await openSent(server, { specialUse: { 'Gesendete Grüße': 'archive' } })
    expect(other.path).toBe('Sent')
    const absent = await openSent(server, { specialUse: { Nowhere: 'sent' } })
    expect(absent.path).toBe('Gesendete Grüße')
  })

  test.each([
    [['SENT ITEMS', 'sent messages'], {}, 'SENT ITEMS'],
    [['sent messages', 'Sent/2024'], {}, 'sent messages'],
    [['sent items', 'sent'], {}, 'sent'],
    [['sent', 'Sent Items'], { sent: 'archive' } as const, 'Sent Items'],
  ])('of %j with the roles %j it is %s', async (names, specialUse, path) => {
    await using server = await startAdasDovecot()
    await using client = await openMailClient(server)
    for (const name of names) await client.create(name)
    expect((await openSent(server, { specialUse })).path).toBe(path)
  })
})

const done = 'TAG OK done\r\n'
const listed = String.raw`* LIST (\Sent) "/" Sent${'\r\n'}${done}`
const examined = (uidNext?: number): string =>
  `* 30 EXISTS\r\n* OK [UIDVALIDITY 7] fine\r\n${uidNext === undefined ? '' : `* OK [UIDNEXT ${uidNext}] next\r\n`}${done}`
const header = (uid: number, fields: string): string =>
  `* ${uid} FETCH (UID ${uid} FLAGS () BODY[HEADER.FIELDS (MESSAGE-ID)] {${fields.length}}\r\n${fields})\r\n`

interface Scripted {
  readonly server: ScriptedServer
  readonly sent: SentMailbox
  /** What was said since, without what looks for the mailbox. */
  readonly said: () => readonly string[]
}

async function sentOf(
  answers: Readonly<Record<string, Answer>>,
  capabilities = 'IMAP4rev1 NAMESPACE',
): Promise<Scripted> {
  const all: Readonly<Record<string, Answer>> = { LIST: listed, EXAMINE: examined(100), ...answers }
  const server = await startScriptedServer({
    capabilities,
    answer: ({ text }) => Object.entries(all).find(([name]) => text.toUpperCase().startsWith(name))?.[1],
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const sent = await openSent({ port: server.port, user: 'ada', password })
  const before = server.received.length
  return { server, sent, said: () => server.received.slice(before) }
}

describe('what a server says of a message', () => {
  test.each<readonly [string, Readonly<Record<string, Answer>>]>([
    ['the search', { 'UID SEARCH': 'TAG NO not now\r\n' }],
    ['the search, as something unknown', { 'UID SEARCH': 'TAG BAD what\r\n' }],
    ['the search, by saying nothing', { 'UID SEARCH': done }],
    ['to examine it', { EXAMINE: 'TAG NO not now\r\n' }],
    ['the headers of what is found', { 'UID SEARCH': `* SEARCH 3\r\n${done}`, 'UID FETCH': 'TAG NO not now\r\n' }],
    ['the headers of the newest', { 'UID SEARCH': `* SEARCH\r\n${done}`, 'UID FETCH': 'TAG NO not now\r\n' }],
    [
      'the header of what is found, by leaving it out',
      {
        'UID SEARCH': `* SEARCH 3\r\n${done}`,
        'UID FETCH': `* 3 FETCH (UID 3 FLAGS () BODY[HEADER.FIELDS (MESSAGE-ID)] NIL)\r\n${done}`,
      },
    ],
  ])('is never "no" when it refuses %s', async (_name, answers) => {
    const { sent } = await sentOf(answers)
    expect(await errorOf(sent.holds('<one@example.org>'))).toMatchObject({ code: 'COMMAND_REJECTED', scope: 'mailbox' })
  })

  test('is looked at: a search that names everything proves nothing', async () => {
    const { sent, said } = await sentOf({
      'UID SEARCH': `* SEARCH ${Array.from({ length: 250 }, (_, index) => index + 1).join(' ')}\r\n${done}`,
      'UID FETCH': header(9, 'Message-ID: <xone@example.org>\r\n\r\n') + done,
    })
    expect(await sent.holds('<one@example.org>')).toBe(false)
    const asked = said().filter((line) => line.startsWith('UID FETCH'))
    expect(asked.map((line) => line.split(' ')[2])).toEqual(['51:250', '1:50', '80:120'])
  })

  test.each([
    ['the value alone', 'Message-ID: <one@example.org>\r\n\r\n', true],
    ['another case, folded, with a comment', 'MESSAGE-id:\r\n\t<one@example.org> (added)\r\n\r\n', true],
    ['one of two', 'Message-ID: <x@example.org>\r\nMessage-ID: <one@example.org>\r\n\r\n', true],
    ['a longer one', 'Message-ID: <xone@example.org>\r\n\r\n', false],
    ['another case of the id', 'Message-ID: <ONE@example.org>\r\n\r\n', false],
    ['another field', 'Subject: x\r\n Message-ID: <one@example.org>\r\n\r\n', false],
    ['nothing', '\r\n', false],
  ])('is told by its header: %s', async (_name, fields, holds) => {
    const { sent } = await sentOf({ 'UID SEARCH': `* SEARCH 3\r\n${done}`, 'UID FETCH': header(3, fields) + done })
    expect(await sent.holds('<one@example.org>')).toBe(holds)
  })

  test.each([
    ['by UIDNEXT', 100, ['UID FETCH 80:120 (UID']],
    ['where there is none, by listing', undefined, ['UID FETCH 1:* (UID)', 'UID FETCH 4:23 (UID']],
  ])('is also looked for among the newest, since servers index late: %s', async (_name, uidNext, fetches) => {
    const rows = Array.from({ length: 23 }, (_, index) => `* ${index + 1} FETCH (UID ${index + 1})\r\n`).join('')
    const { sent, said } = await sentOf({
      EXAMINE: examined(uidNext),
      'UID SEARCH': `* SEARCH\r\n${done}`,
      'UID FETCH 1:*': rows + done,
      'UID FETCH': header(uidNext === undefined ? 22 : 99, 'Message-ID: <one@example.org>\r\n\r\n') + done,
    })
    expect(await sent.holds('<one@example.org>')).toBe(true)
    const asked = said().filter((line) => line.startsWith('UID FETCH'))
    expect(asked.map((line, index) => line.slice(0, fetches[index]?.length))).toEqual(fetches)
  })

  test.each(['', '<a\r\nA1 DELETE INBOX@example.org>', '<a\n@example.org>', '<a\0@example.org>'])(
    'S23 is not asked for an id that no command can carry: %j',
    async (id) => {
      const { sent, said } = await sentOf({})
      expect(await errorOf(sent.holds(id))).toMatchObject({ code: 'COMMAND_REJECTED' })
      expect(said()).toEqual([])
    },
  )

  test('S23 quotes and backslashes stay inside the string', async () => {
    const { sent, said } = await sentOf({ EXAMINE: `* 0 EXISTS\r\n${done}`, 'UID SEARCH': `* SEARCH\r\n${done}` })
    expect(await sent.holds(String.raw`<"\" ALL"@example.org>`)).toBe(false)
    expect(said()).toEqual(['EXAMINE "Sent"', String.raw`UID SEARCH HEADER Message-ID "<\"\\\" ALL\"@example.org>"`])
  })
})

describe('filing a message', () => {
  test.each([
    ['IMAP4rev1', 'CLOSE'],
    ['IMAP4rev1 UNSELECT', 'UNSELECT'],
  ])('a mailbox that is examined is left before (%s)', async (capabilities, leave) => {
    const { sent, said } = await sentOf({ 'UID SEARCH': `* SEARCH\r\n${done}`, 'UID FETCH': done }, capabilities)
    await sent.holds('<one@example.org>')
    await sent.append(Buffer.from('Subject: x\r\n\r\n'), sentAtMs)
    await sent.append(Buffer.from('Subject: y\r\n\r\n'), sentAtMs)
    expect(said().map((line) => line.split(' ', 1)[0])).toEqual(['EXAMINE', 'UID', 'UID', leave, 'APPEND', 'APPEND'])
    expect(said().at(-1)).toBe('APPEND "Sent" (\\Seen) "05-Mar-2024 04:30:00 +0000" {14}\r\nSubject: y\r\n\r\n')
  })

  test.each([
    ['a refusal', 'IMAP4rev1', 'TAG NO [TOOBIG] no\r\n', 'x', 'could not append to mailbox "Sent": NO [TOOBIG] no'],
    [
      'more than APPENDLIMIT',
      'IMAP4rev1 APPENDLIMIT=4',
      done,
      '12345',
      'could not append to mailbox "Sent": the message has 5 octets, and the server takes none with more than 4',
    ],
    [
      'NUL without BINARY',
      'IMAP4rev1',
      done,
      'a\0b',
      'could not append to mailbox "Sent": the message holds NUL, and the server takes no such message',
    ],
  ])(
    '%s is COMMAND_REJECTED, and the connection stays good',
    async (_name, ...[capabilities, answer, octets, message]) => {
      const { sent } = await sentOf(
        { APPEND: answer, EXAMINE: `* 0 EXISTS\r\n${done}`, 'UID SEARCH': `* SEARCH\r\n${done}` },
        capabilities,
      )
      expect(await errorOf(sent.append(Buffer.from(octets), sentAtMs))).toMatchObject({
        code: 'COMMAND_REJECTED',
        message,
      })
      expect(await sent.holds('<one@example.org>')).toBe(false)
    },
  )
})

describe('opening it', () => {
  test.each([
    ['to list', { LIST: 'TAG NO not now\r\n' }],
    ['to make one', { LIST: `* LIST () "/" INBOX\r\n${done}`, CREATE: 'TAG NO not allowed\r\n' }],
  ])('ends the connection when the server refuses %s', async (_name, answers) => {
    const server = await startScriptedServer({
      answer: ({ text }) => Object.entries(answers).find(([name]) => text.startsWith(name))?.[1],
    })
    onTestFinished(() => server[Symbol.asyncDispose]())
    const error = await errorOf(openSent({ port: server.port, user: 'ada', password }))
    expect(error.code).toBe('COMMAND_REJECTED')
    expect(server.received.at(-1)).toBe('LOGOUT')
  })

  test('one that exists unseen is taken as it is', async () => {
    const { sent } = await sentOf({
      LIST: `* LIST () "/" INBOX\r\n${done}`,
      CREATE: 'TAG NO [ALREADYEXISTS] is there\r\n',
    })
    expect(sent.path).toBe('Sent')
  })

  test('a mailbox that cannot be selected is none', async () => {
    const { server, sent } = await sentOf({ LIST: String.raw`* LIST (\Noselect \Sent) "/" Post` + `\r\n${done}` })
    expect(sent.path).toBe('Sent')
    expect(server.received).toContain('CREATE "Sent"')
  })
})
