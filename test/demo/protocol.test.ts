import { describe, expect, test } from 'vitest'
import { odd, plain, serve, teaStore } from './tea-store.ts'
import { RawClient } from './raw-client.ts'
import type { ExtensionSwitches } from '../../src/demo/extensions.ts'

/** A server over the tea store and a client that has logged in. */
async function meet(extensions: ExtensionSwitches = {}) {
  const store = teaStore()
  const stack = new AsyncDisposableStack()
  const server = stack.use(await serve(store, { extensions }))
  const client = stack.use(await RawClient.logIn(server.port))
  return { store, server, client, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** The lines before the tagged one. */
async function untagged(client: RawClient, command: string): Promise<readonly string[]> {
  const lines = (await client.command(command)).split('\r\n').slice(0, -1)
  expect(lines.pop()).toMatch(/^TAG OK/)
  return lines
}

describe('mailboxes', () => {
  test('LIST matches * and %, and tells the delimiter (RFC 9051 §6.3.9)', async () => {
    await using scene = await meet({ 'LIST-STATUS': false })
    expect(await untagged(scene.client, 'LIST "" ""')).toEqual([String.raw`* LIST (\Noselect) "/" ""`])
    expect(await untagged(scene.client, 'LIST "" %')).toEqual([
      '* LIST () "/" "INBOX"',
      String.raw`* LIST (\Noselect) "/" "Archive"`,
      String.raw`* LIST (\Noselect) "/" "Travel"`,
      String.raw`* LIST (\Sent) "/" "Sent"`,
    ])
    expect(await untagged(scene.client, 'LIST Trav* "%/%25"')).toEqual(['* LIST () "/" "Travel/&ZeVnLA- 2025"'])
    expect(await untagged(scene.client, 'LIST "" inbox')).toEqual(['* LIST () "/" "INBOX"'])
    expect(await untagged(scene.client, 'LSUB "" Arch*')).toEqual([
      String.raw`* LSUB (\Noselect) "/" "Archive"`,
      '* LSUB () "/" "Archive/2024"',
    ])
  })

  test('LIST returns STATUS beside each mailbox that can be selected (RFC 5819)', async () => {
    await using scene = await meet({ OBJECTID: true })
    const command =
      'LIST "" A* RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ))'
    expect(await untagged(scene.client, command)).toEqual([
      String.raw`* LIST (\Noselect \HasChildren \Subscribed) "/" "Archive"`,
      String.raw`* LIST (\HasNoChildren \Subscribed) "/" "Archive/2024"`,
      '* STATUS "Archive/2024" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 102 UNSEEN 0 HIGHESTMODSEQ 1)',
    ])
    expect(await untagged(scene.client, 'LIST (SPECIAL-USE) "" *')).toEqual([
      String.raw`* LIST (\HasNoChildren \Sent) "/" "Sent"`,
    ])
    expect(await untagged(scene.client, 'STATUS INBOX (MESSAGES UNSEEN MAILBOXID)')).toEqual([
      '* STATUS "INBOX" (MESSAGES 3 UNSEEN 2 MAILBOXID (F1))',
    ])
  })

  test('a mailbox that is made again has a new uidValidity (RFC 9051 §2.3.1.1)', async () => {
    await using scene = await meet()
    const before = scene.store.mailbox('Sent').uidValidity
    await scene.client.command('EXAMINE Sent')
    scene.store.deleteMailbox('Sent')
    expect(await scene.client.command('UID FETCH 1:* FLAGS')).toBe(
      'TAG NO [NONEXISTENT] the mailbox has been deleted\r\n',
    )
    expect(await scene.client.command('EXAMINE Sent')).toBe('TAG NO [NONEXISTENT] there is no mailbox Sent\r\n')
    await scene.client.command('CREATE Sent')
    expect(scene.store.mailbox('Sent').uidValidity).toBeGreaterThan(before)
  })

  test('a rename keeps UIDs and uidValidity, and takes along what is below', async () => {
    await using scene = await meet()
    scene.store.append('Archive/2024', plain, { uid: 7 })
    const { uidValidity } = scene.store.mailbox('Archive/2024')
    expect(await scene.client.command('RENAME Archive Attic/Old')).toBe('TAG OK renamed\r\n')
    expect(await untagged(scene.client, 'STATUS Attic/Old/2024 (UIDVALIDITY UIDNEXT)')).toEqual([
      `* STATUS "Attic/Old/2024" (UIDVALIDITY ${uidValidity} UIDNEXT 8)`,
    ])
    expect(await scene.client.command('RENAME INBOX Later')).toBe('TAG OK renamed\r\n')
    expect(scene.store.mailbox('Later').messages.map(({ octets }) => octets)).toEqual([plain, odd, Buffer.alloc(0)])
    expect(scene.store.mailbox('INBOX').messages).toEqual([])
  })

  test.each([
    ['CREATE "a&b"', 'NO [CANNOT] the name is no modified UTF-7'],
    ['CREATE "a//b"', 'NO [CANNOT] no mailbox can be called that'],
    ['CREATE Sent', 'NO [ALREADYEXISTS] it exists'],
    ['DELETE INBOX', 'NO [CANNOT] it cannot be deleted'],
    ['RENAME Sent Sent/Below', 'NO [CANNOT] a mailbox cannot be below itself'],
    ['SELECT Archive', 'NO [NONEXISTENT] Archive cannot be selected'],
  ])('%s is answered %s', async (command, answer) => {
    await using scene = await meet()
    expect(await scene.client.command(command)).toBe(`TAG ${answer}\r\n`)
  })

  test('a name that is no modified UTF-7 can be served, exactly as it is', async () => {
    await using scene = await meet()
    scene.store.createMailbox('odd one', { wirePath: 'bad&' })
    expect(await untagged(scene.client, 'LIST "" bad*')).toEqual([String.raw`* LIST (\HasNoChildren) "/" "bad&"`])
    expect(await scene.client.command('EXAMINE bad&')).toMatch(/TAG OK/)
    expect(await scene.client.command('EXAMINE bad&-')).toMatch(/^TAG NO/)
  })
})

describe('reading', () => {
  test('EXAMINE tells the state of the mailbox (RFC 3501 §6.3.2)', async () => {
    await using scene = await meet()
    expect(await untagged(scene.client, 'EXAMINE INBOX')).toEqual([
      String.raw`* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Junk)`,
      '* OK [PERMANENTFLAGS ()] read-only',
      '* 3 EXISTS',
      '* 0 RECENT',
      '* OK [UNSEEN 2] the first unseen',
      '* OK [UIDVALIDITY 100] of this epoch',
      '* OK [UIDNEXT 4] predicted',
      '* OK [HIGHESTMODSEQ 4] highest',
    ])
  })

  test('octets are served exactly, and PEEK sets no flag', async () => {
    await using scene = await meet()
    await scene.client.command('SELECT INBOX')
    const text = odd.toString('latin1')
    expect(await scene.client.command('UID FETCH 2:3 (RFC822.SIZE BODY.PEEK[])')).toBe(
      `* 2 FETCH (UID 2 RFC822.SIZE ${odd.length} BODY[] {${odd.length}}\r\n${text})\r\n` +
        '* 3 FETCH (UID 3 RFC822.SIZE 0 BODY[] {0}\r\n)\r\nTAG OK fetched\r\n',
    )
    expect(await scene.client.command('FETCH 2 BODY.PEEK[]<14.3>')).toBe(
      '* 2 FETCH (BODY[]<14> {3}\r\na\0b)\r\nTAG OK fetched\r\n',
    )
    expect(scene.store.mailbox('INBOX').message(2)?.flags).toEqual([])
    expect(await scene.client.command('FETCH 2 BODY[]<99.3>')).toBe(
      '* 2 FETCH (BODY[]<99> {0}\r\n)\r\n' + String.raw`* 2 FETCH (UID 2 FLAGS (\Seen))` + '\r\nTAG OK fetched\r\n',
    )
  })

  test('the parts, the envelope and the structure of a message', async () => {
    await using scene = await meet()
    const message = [
      'From: "Ada, of Tea" <ada@example.org>',
      'To: bob@example.net, Friends: carol@example.com (Carol);',
      'Subject: =?utf-8?q?T=C3=A9?=',
      'Content-Type: multipart/mixed; boundary="x y"',
      '',
      'preamble',
      '--x y',
      '',
      'plain text',
      '--x y',
      'Content-Type: message/rfc822',
      'Content-Disposition: attachment; filename="a.eml"',
      '',
      'Subject: inner',
      '',
      'inner text',
      '--x y--',
      '',
    ].join('\r\n')
    scene.store.append('INBOX', Buffer.from(message))
    await scene.client.command('EXAMINE INBOX')
    expect(await untagged(scene.client, 'FETCH 4 ENVELOPE')).toEqual([
      '* 4 FETCH (ENVELOPE (NIL "=?utf-8?q?T=C3=A9?=" (("Ada, of Tea" NIL "ada" "example.org")) ' +
        '(("Ada, of Tea" NIL "ada" "example.org")) (("Ada, of Tea" NIL "ada" "example.org")) ' +
        '((NIL NIL "bob" "example.net")("Carol" NIL "carol" "example.com")) NIL NIL NIL NIL))',
    ])
    expect(await untagged(scene.client, 'FETCH 4 BODYSTRUCTURE')).toEqual([
      '* 4 FETCH (BODYSTRUCTURE (("TEXT" "PLAIN" NIL NIL NIL "7BIT" 10 0 NIL NIL NIL NIL)' +
        '("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 28 (NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL) ' +
        '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 10 0 NIL NIL NIL NIL) 2 NIL ("ATTACHMENT" ("FILENAME" "a.eml")) NIL NIL) ' +
        '"MIXED" ("BOUNDARY" "x y") NIL NIL NIL))',
    ])
    const body = async (section: string) => (await untagged(scene.client, `FETCH 4 BODY.PEEK[${section}]`)).join('|')
    expect(await body('HEADER.FIELDS (Subject "TO")')).toBe(
      '* 4 FETCH (BODY[HEADER.FIELDS (Subject "TO")] {90}|To: bob@example.net, ' +
        'Friends: carol@example.com (Carol);|Subject: =?utf-8?q?T=C3=A9?=||)',
    )
    expect(await body('1')).toBe('* 4 FETCH (BODY[1] {10}|plain text)')
    expect(await body('2')).toBe('* 4 FETCH (BODY[2] {28}|Subject: inner||inner text)')
    expect(await body('2.HEADER')).toBe('* 4 FETCH (BODY[2.HEADER] {18}|Subject: inner||)')
    expect(await body('2.TEXT')).toBe('* 4 FETCH (BODY[2.TEXT] {10}|inner text)')
    expect(await body('2.1')).toBe('* 4 FETCH (BODY[2.1] {10}|inner text)')
    expect(await body('1.MIME')).toBe('* 4 FETCH (BODY[1.MIME] {2}||)')
    expect(await body('3')).toBe('* 4 FETCH (BODY[3] NIL)')
  })

  test('Gmail and OBJECTID items', async () => {
    await using scene = await meet({ 'X-GM-EXT-1': true, OBJECTID: true })
    scene.store.append('INBOX', plain, {
      emailId: '123',
      threadId: '45',
      labels: ['Work', String.raw`\Sent`, 'Two words'],
    })
    await scene.client.command('EXAMINE INBOX')
    expect(await untagged(scene.client, 'UID FETCH 4 (EMAILID X-GM-MSGID X-GM-THRID X-GM-LABELS)')).toEqual([
      String.raw`* 4 FETCH (UID 4 EMAILID (123) X-GM-MSGID 123 X-GM-THRID 45 X-GM-LABELS (Work \Sent "Two words"))`,
    ])
  })

  test.each([
    ['ALL', '1 2 3'],
    ['UID 2:*', '2 3'],
    ['2,1', '1 2'],
    ['SEEN', '1'],
    ['UNSEEN', '2 3'],
    ['NOT SEEN KEYWORD $junk', '3'],
    ['OR (SMALLER 1) (LARGER 30 SEEN)', '1 3'],
    ['SINCE 18-Jul-2024', '2 3'],
    ['BEFORE 18-Jul-2024', '1'],
    ['ON 19-Jul-2024', '3'],
    ['FROM ada@EXAMPLE', '1'],
    ['SUBJECT tea', '1'],
    ['TEXT "at four"', '1'],
    ['BODY odd', ''],
    ['CHARSET UTF-8 HEADER Subject odd', '2'],
    ['UNDELETED UNDRAFT UNANSWERED UNFLAGGED', '1 2 3'],
    ['MODSEQ 3', '2 3 (MODSEQ 4)'],
  ])('UID SEARCH %s finds %s', async (keys, found) => {
    await using scene = await meet()
    await scene.client.command('EXAMINE INBOX')
    expect(await untagged(scene.client, `UID SEARCH ${keys}`)).toEqual([`* SEARCH ${found}`.trim()])
  })

  test('`n:*` names the last message even when n is above it (RFC 9051 §9); sequence numbers do not', async () => {
    await using scene = await meet()
    await scene.client.command('EXAMINE INBOX')
    expect(await untagged(scene.client, 'UID FETCH 68:* (UID)')).toEqual(['* 3 FETCH (UID 3)'])
    expect(await scene.client.command('FETCH 4 UID')).toMatch(/^TAG BAD/)
    await scene.client.command('EXAMINE Sent')
    expect(await scene.client.command('FETCH 1:* UID')).toMatch(/^TAG BAD/)
    expect(await untagged(scene.client, 'UID FETCH 1:* (UID)')).toEqual([])
  })
})

describe('changes', () => {
  test('CHANGEDSINCE brings what changed after it (RFC 7162 §3.1.4.1)', async () => {
    await using scene = await meet()
    await scene.client.command('EXAMINE INBOX (CONDSTORE)')
    scene.store.setFlags('INBOX', 1, [String.raw`\Flagged`])
    expect(await untagged(scene.client, 'UID FETCH 1:* (FLAGS) (CHANGEDSINCE 3)')).toEqual([
      String.raw`* 1 FETCH (UID 1 MODSEQ (5) FLAGS (\Flagged))`,
      '* 3 FETCH (UID 3 MODSEQ (4) FLAGS ($Junk))',
      String.raw`* 1 FETCH (UID 1 FLAGS (\Flagged) MODSEQ (5))`,
    ])
  })

  test('QRESYNC tells at EXAMINE what vanished and what changed (RFC 7162 §3.2.5)', async () => {
    await using scene = await meet({ QRESYNC: true })
    expect(await scene.client.command('EXAMINE INBOX (QRESYNC (100 4))')).toMatch(/TAG BAD/)
    expect(await untagged(scene.client, 'ENABLE QRESYNC')).toEqual(['* ENABLED QRESYNC'])
    scene.store.expunge('INBOX', [1, 2])
    scene.store.append('INBOX', plain)
    expect((await untagged(scene.client, 'EXAMINE INBOX (QRESYNC (100 4 1:3))')).slice(-2)).toEqual([
      '* OK [HIGHESTMODSEQ 6] highest',
      '* VANISHED (EARLIER) 1:2',
    ])
    expect((await untagged(scene.client, 'EXAMINE INBOX (QRESYNC (100 4))')).slice(-2)).toEqual([
      '* VANISHED (EARLIER) 1:2',
      '* 2 FETCH (UID 4 FLAGS () MODSEQ (6))',
    ])
    expect((await untagged(scene.client, 'EXAMINE INBOX (QRESYNC (99 4))')).at(-1)).toMatch(/HIGHESTMODSEQ/)
    expect(await untagged(scene.client, 'UID FETCH 2:9 (FLAGS) (CHANGEDSINCE 4 VANISHED)')).toEqual([
      '* VANISHED (EARLIER) 2',
      '* 2 FETCH (UID 4 MODSEQ (6) FLAGS ())',
    ])
    scene.store.expunge('INBOX', [3])
    expect(await untagged(scene.client, 'NOOP')).toEqual(['* VANISHED 3'])
  })

  test('IDLE tells every change at once (RFC 9051 §6.3.13)', async () => {
    await using scene = await meet()
    await scene.client.command('SELECT INBOX')
    scene.client.send('i IDLE\r\n')
    expect(await scene.client.readLine()).toBe('+ idling\r\n')
    scene.store.append('INBOX', plain)
    expect(await scene.client.readUntil(/RECENT\r\n/)).toBe('* 4 EXISTS\r\n* 0 RECENT\r\n')
    scene.store.setFlags('INBOX', 4, [String.raw`\Seen`])
    expect(await scene.client.readLine()).toBe(String.raw`* 4 FETCH (UID 4 FLAGS (\Seen))` + '\r\n')
    scene.store.expunge('INBOX', [1, 3])
    expect(await scene.client.readUntil(/EXPUNGE\r\n.*\r\n/)).toBe('* 1 EXPUNGE\r\n* 2 EXPUNGE\r\n')
    scene.client.send('DONE\r\n')
    expect(await scene.client.readLine()).toBe('i OK idled\r\n')
  })

  test('EXPUNGE is never told with FETCH, STORE or SEARCH by sequence number (RFC 9051 §7.5.1)', async () => {
    await using scene = await meet()
    await scene.client.command('SELECT INBOX')
    scene.store.expunge('INBOX', [1])
    expect(await scene.client.command('FETCH 1:3 UID')).toBe(
      '* 2 FETCH (UID 2)\r\n* 3 FETCH (UID 3)\r\nTAG OK [EXPUNGEISSUED] some messages are gone\r\n',
    )
    expect(await untagged(scene.client, 'SEARCH ALL')).toEqual(['* SEARCH 2 3'])
    expect(await untagged(scene.client, String.raw`STORE 3 +FLAGS \Seen`)).toEqual([
      String.raw`* 3 FETCH (FLAGS ($Junk \Seen))`,
    ])
    expect(await untagged(scene.client, 'UID SEARCH ALL')).toEqual(['* SEARCH 2 3', '* 1 EXPUNGE'])
    expect(await untagged(scene.client, 'FETCH 1:2 UID')).toEqual(['* 1 FETCH (UID 2)', '* 2 FETCH (UID 3)'])
  })

  test('APPEND takes flags, a date and any octets, by both kinds of literal (RFC 7888)', async () => {
    await using scene = await meet()
    scene.client.send(`a APPEND Sent (\\Seen $Later) "01-Feb-2020 10:00:00 +0900" {${odd.length}}\r\n`)
    expect(await scene.client.readLine()).toBe('+ go ahead\r\n')
    scene.client.send(Buffer.concat([odd, Buffer.from('\r\n')]))
    const { uidValidity } = scene.store.mailbox('Sent')
    expect(await scene.client.readLine()).toBe(`a OK [APPENDUID ${uidValidity} 1] appended\r\n`)
    expect(await scene.client.command('APPEND {4+}\r\nSent {3+}\r\nabc')).toBe(
      `TAG OK [APPENDUID ${uidValidity} 2] appended\r\n`,
    )
    expect(scene.store.mailbox('Sent').messages).toMatchObject([
      { uid: 1, octets: odd, flags: [String.raw`\Seen`, '$Later'], internalDate: '01-Feb-2020 10:00:00 +0900' },
      { uid: 2, octets: Buffer.from('abc'), flags: [], internalDate: '01-Mar-2025 12:00:00 +0000' },
    ])
    expect(await scene.client.command('APPEND Nowhere {0+}\r\n')).toMatch(/^TAG NO \[TRYCREATE\]/)
    expect(scene.server.commands.at(-2)?.line).toBe('t2 APPEND "Sent" "abc"')
  })

  test('STORE adds, removes, sets, and leaves what has changed since (RFC 7162 §3.1.3)', async () => {
    await using scene = await meet()
    await scene.client.command('SELECT INBOX')
    expect(await untagged(scene.client, String.raw`UID STORE 1 -FLAGS.SILENT (\seen)`)).toEqual([])
    expect(scene.store.mailbox('INBOX').message(1)?.flags).toEqual([])
    expect(await scene.client.command('UID STORE 1:2 (UNCHANGEDSINCE 4) FLAGS (Blue)')).toBe(
      '* 2 FETCH (UID 2 FLAGS (Blue) MODSEQ (6))\r\nTAG OK [MODIFIED 1] not all stored\r\n',
    )
    await scene.client.command('EXAMINE INBOX')
    expect(await scene.client.command('UID STORE 1 FLAGS (Blue)')).toMatch(/^TAG NO \[READ-ONLY\]/)
  })

  test('EXPUNGE, UID EXPUNGE and CLOSE take what is marked as deleted', async () => {
    await using scene = await meet()
    await scene.client.command('SELECT INBOX')
    await scene.client.command(String.raw`STORE 1:3 +FLAGS (\Deleted)`)
    expect(await untagged(scene.client, 'UID EXPUNGE 2')).toEqual(['* 2 EXPUNGE'])
    await scene.client.command(String.raw`UID STORE 1 -FLAGS (\Deleted)`)
    scene.store.setFlags('INBOX', 3, [String.raw`\Deleted`])
    expect(await untagged(scene.client, 'CLOSE')).toEqual([])
    expect(scene.store.mailbox('INBOX').messages.map(({ uid }) => uid)).toEqual([1])
  })

  test('COPY and MOVE tell where the messages went (RFC 4315, RFC 6851)', async () => {
    await using scene = await meet()
    await scene.client.command('SELECT INBOX')
    const { uidValidity } = scene.store.mailbox('Sent')
    expect(await scene.client.command('UID COPY 1,3 Sent')).toBe(`TAG OK [COPYUID ${uidValidity} 1,3 1:2] copied\r\n`)
    expect(await untagged(scene.client, 'MOVE 2:3 Sent')).toEqual([
      `* OK [COPYUID ${uidValidity} 2:3 3:4] moved`,
      '* 2 EXPUNGE',
      '* 2 EXPUNGE',
    ])
    const sent = scene.store.mailbox('Sent').messages
    expect(sent.map(({ octets }) => octets)).toEqual([plain, Buffer.alloc(0), odd, Buffer.alloc(0)])
    expect(sent[1]?.identity).toEqual(sent[3]?.identity)
  })

  test('a message that appears below UIDNEXT shows when the mailbox is selected again', async () => {
    await using scene = await meet()
    scene.store.append('INBOX', plain, { uid: 9 })
    await scene.client.command('EXAMINE INBOX')
    scene.store.append('INBOX', plain, { uid: 6 })
    expect(await untagged(scene.client, 'NOOP')).toEqual([])
    await scene.client.command('EXAMINE INBOX')
    expect(await untagged(scene.client, 'UID SEARCH ALL')).toEqual(['* SEARCH 1 2 3 6 9'])
  })
})
