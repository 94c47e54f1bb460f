import { expect, test } from 'vitest'
import { ImapFlow } from 'imapflow'
import { MailStore } from '../../src/demo/mail-store.ts'
import { odd, plain, serve, teaStore } from './tea-store.ts'
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { RawClient } from './raw-client.ts'

function imapflow(port: number, options: { qresync?: boolean; pass?: string } = {}): ImapFlow {
  const { pass = 'secret', qresync = false } = options
  return new ImapFlow({ host: '127.0.0.1', port, secure: false, auth: { user: 'ada', pass }, logger: false, qresync })
}

test('imapflow lists mailboxes with their status, and fetches the exact octets', async () => {
  await using server = await serve(teaStore())
  const client = imapflow(server.port)
  await client.connect()
  const listed = await client.list({ statusQuery: { messages: true, uidNext: true, highestModseq: true } })
  expect(listed.map(({ path, status, specialUse }) => [path, status?.messages, specialUse])).toEqual([
    ['INBOX', 3, String.raw`\Inbox`],
    ['Sent', 0, String.raw`\Sent`],
    ['Archive', undefined, String.raw`\Archive`],
    ['Archive/2024', 0, undefined],
    ['Travel', undefined, undefined],
    ['Travel/日本 2025', 0, undefined],
  ])
  expect(server.commands.filter(({ line }) => / STATUS /.test(line))).toEqual([])
  await client.mailboxOpen('INBOX', { readOnly: true })
  const octets: (Buffer | undefined)[] = []
  for await (const row of client.fetch('1:*', { uid: true, source: true, envelope: true, bodyStructure: true })) {
    octets.push(row.source)
  }
  expect(octets).toEqual([plain, odd, Buffer.alloc(0)])
  await client.logout()
})

test('imapflow works in a mailbox with a Japanese name: append, flags, search, move, expunge', async () => {
  const store = teaStore()
  await using server = await serve(store)
  const client = imapflow(server.port)
  await client.connect()
  const appended = await client.append(
    'Travel/日本 2025',
    odd,
    [String.raw`\Flagged`],
    new Date('2025-04-01T08:00:00Z'),
  )
  expect(appended).toMatchObject({ uid: 1, uidValidity: BigInt(store.mailbox('Travel/日本 2025').uidValidity) })
  await client.mailboxOpen('Travel/日本 2025')
  await client.messageFlagsAdd('1', ['$Label1'], { uid: true })
  expect(store.mailbox('Travel/日本 2025').messages).toMatchObject([
    { uid: 1, octets: odd, flags: [String.raw`\Flagged`, '$Label1'], internalDate: ' 1-Apr-2025 08:00:00 +0000' },
  ])
  expect(await client.search({ flagged: true }, { uid: true })).toEqual([1])
  await client.messageMove('1', 'Archive/2024', { uid: true })
  expect(store.mailbox('Travel/日本 2025').messages).toEqual([])
  await client.mailboxOpen('Archive/2024')
  await client.messageDelete('1', { uid: true })
  expect(store.mailbox('Archive/2024').messages).toEqual([])
  await client.mailboxCreate('Reisen/Zürich')
  expect(store.mailbox('Reisen/Zürich').path).toBe('Reisen/Zürich')
  await client.logout()
})

test('imapflow in IDLE hears of a new message', async () => {
  const store = teaStore()
  await using server = await serve(store)
  const client = imapflow(server.port)
  await client.connect()
  await client.mailboxOpen('INBOX')
  server.faults.add({
    when: { command: / IDLE$/ },
    action: { kind: 'run', run: () => void store.append('INBOX', plain) },
  })
  const heard = once(client, 'exists')
  const idling = client.idle()
  expect(await heard).toMatchObject([{ path: 'INBOX', count: 4, prevCount: 3 }])
  await client.noop()
  await idling
  await client.logout()
})

test('imapflow with QRESYNC hears by UID what has vanished', async () => {
  const store = teaStore()
  await using server = await serve(store, { extensions: { QRESYNC: true } })
  const client = imapflow(server.port, { qresync: true })
  await client.connect()
  await client.mailboxOpen('INBOX')
  store.expunge('INBOX', [2])
  const heard = once(client, 'expunge')
  await client.noop()
  expect(await heard).toMatchObject([{ path: 'INBOX', uid: 2, vanished: true }])
  await client.logout()
})

test('a wrong password is refused, and every command is noted', async () => {
  await using server = await serve(teaStore())
  await expect(imapflow(server.port, { pass: 'guess' }).connect()).rejects.toMatchObject({ authenticationFailed: true })
  await using client = await RawClient.open(server.port)
  expect(await client.command('LOGIN toString x')).toBe('TAG NO [AUTHENTICATIONFAILED] wrong name or password\r\n')
  expect(await client.command('AUTHENTICATE PLAIN AGFkYQBzZWNyZXQ=')).toMatch(/^TAG OK \[CAPABILITY /)
  expect(server.connections).toBe(2)
  expect(server.commands.at(-1)).toEqual({ connection: 2, line: 't2 AUTHENTICATE PLAIN AGFkYQBzZWNyZXQ=' })
})

test('AUTHENTICATE PLAIN also takes its response after an invitation', async () => {
  await using server = await serve(teaStore(), { extensions: { 'SASL-IR': false } })
  await using client = await RawClient.open(server.port)
  client.send('a AUTHENTICATE PLAIN\r\n')
  expect(await client.readLine()).toBe('+ \r\n')
  client.send(`${Buffer.from('\0ada\0secret').toString('base64')}\r\n`)
  expect(await client.readLine()).toMatch(/^a OK/)
})

test('what is switched off is neither offered nor known', async () => {
  const extensions = { IDLE: false, CONDSTORE: false, MOVE: false, 'LIST-STATUS': false, UIDPLUS: false }
  await using server = await serve(teaStore(), { extensions })
  await using client = await RawClient.logIn(server.port)
  expect(await client.command('CAPABILITY')).toBe(
    '* CAPABILITY IMAP4rev1 SPECIAL-USE ENABLE SASL-IR LITERAL+ NAMESPACE ID UNSELECT\r\nTAG OK that is all\r\n',
  )
  expect(await client.command('IDLE')).toBe('TAG BAD IDLE is not known here\r\n')
  expect(await client.command('SELECT INBOX (CONDSTORE)')).toBe('TAG BAD CONDSTORE is not offered\r\n')
  expect(await client.command('SELECT INBOX')).not.toContain('HIGHESTMODSEQ')
  expect(await client.command('UID MOVE 1 Sent')).toBe('TAG BAD UID MOVE is not known here\r\n')
  expect(await client.command('LIST "" * RETURN (CHILDREN)')).toBe('TAG BAD LIST-EXTENDED is not offered\r\n')
})

test('lines and literals without end are cut off', async () => {
  await using server = await serve(teaStore(), { limits: { maxLineOctets: 1000, maxLiteralOctets: 500 } })
  await using client = await RawClient.logIn(server.port)
  expect(await client.command('APPEND INBOX {501}')).toBe('TAG NO [TOOBIG] literal too large\r\n')
  client.send(`a NOOP ${'x'.repeat(2000)}`)
  expect(await client.readToEnd()).toBe('* BYE line too long\r\n')
  await using second = await RawClient.logIn(server.port)
  second.send('a APPEND INBOX {501+}\r\n')
  expect(await second.readToEnd()).toBe('* BYE [TOOBIG] literal too large\r\n')
})

test('a connection above the limit is refused, and room is made by one that ends', async () => {
  await using server = await serve(teaStore(), { maxConnections: 1 })
  const first = await RawClient.logIn(server.port)
  await using second = await RawClient.open(server.port)
  expect(await second.readToEnd()).toBe('')
  expect(await first.command('LOGOUT')).toBe('* BYE until next time\r\nTAG OK logged out\r\n')
  await first[Symbol.asyncDispose]()
  while (server.openConnections > 0) await setImmediate()
  await using third = await RawClient.logIn(server.port)
  expect(await third.command('NOOP')).toBe('TAG OK nothing done\r\n')
})

test('a paced connection loses no octet', async () => {
  const store = new MailStore()
  const octets = Buffer.alloc(30_000, 'All work and no play. ')
  store.append('INBOX', octets)
  await using server = await serve(store, { octetsPerSecond: 400_000, latencyMs: 1 })
  await using client = await RawClient.logIn(server.port)
  await client.command('EXAMINE INBOX')
  expect(await client.command('UID FETCH 1 BODY.PEEK[]')).toBe(
    `* 1 FETCH (UID 1 BODY[] {30000}\r\n${octets.toString()})\r\nTAG OK fetched\r\n`,
  )
})
