import { expect, test } from 'vitest'
import { ImapFlow } from 'imapflow'
import { MailStore } from '../../src/demo/mail-store.ts'
import { RawClient } from './raw-client.ts'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServerOptions } from '../../src/demo/demo-server.ts'

const users = { ada: 'secret' }
const odd = Buffer.from('Subject: odd\n\na\0b\xff\nbare\r\n', 'latin1')
const plain = Buffer.from('From: Ada <ada@example.org>\r\nSubject: Tea\r\n\r\nAt four?\r\n')

function teaStore(): MailStore {
  const store = new MailStore({ firstUidValidity: 100 })
  const internalDate = '17-Jul-2024 02:44:25 -0700'
  store.append('INBOX', plain, { internalDate, flags: [String.raw`\Seen`] })
  store.append('INBOX', odd, { internalDate })
  store.append('INBOX', Buffer.alloc(0), { internalDate })
  store.createMailbox('Archive/2024')
  store.createMailbox('Travel/日本 2025')
  store.createMailbox('Sent', { specialUse: String.raw`\Sent` })
  return store
}

async function serve(options: Partial<DemoServerOptions> = {}) {
  return startDemoServer({ store: teaStore(), users, ...options })
}

test('imapflow logs in, lists, and fetches the exact octets', async () => {
  await using server = await serve()
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: server.port,
    secure: false,
    auth: { user: 'ada', pass: 'secret' },
    logger: false,
  })
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
  await client.mailboxOpen('INBOX', { readOnly: true })
  const octets: (Buffer | undefined)[] = []
  for await (const row of client.fetch('1:*', { uid: true, source: true, envelope: true, bodyStructure: true })) {
    octets.push(row.source)
  }
  expect(octets).toEqual([plain, odd, Buffer.alloc(0)])
  await client.logout()
})

test('a raw client sees what RFC 3501 says', async () => {
  await using server = await serve()
  await using client = await RawClient.logIn(server.port)
  expect(await client.command('EXAMINE INBOX')).toMatchInlineSnapshot(`
    "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    * OK [PERMANENTFLAGS ()] read-only
    * 3 EXISTS
    * 0 RECENT
    * OK [UNSEEN 2] the first unseen
    * OK [UIDVALIDITY 100] of this epoch
    * OK [UIDNEXT 4] predicted
    * OK [HIGHESTMODSEQ 4] highest
    TAG OK [READ-ONLY] examined
    "
  `)
  expect(await client.command('UID FETCH 2 (UID RFC822.SIZE BODY.PEEK[])')).toBe(
    `* 2 FETCH (UID 2 RFC822.SIZE ${odd.length} BODY[] {${odd.length}}\r\n${odd.toString('latin1')})\r\nTAG OK fetched\r\n`,
  )
  expect(await client.command('UID SEARCH ALL')).toBe('* SEARCH 1 2 3\r\nTAG OK searched\r\n')
})
