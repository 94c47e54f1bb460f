import { describe, expect, test } from 'vitest'
import { emptyUidSet, formatUidSet } from '../../src/model/uid-set.ts'
import { KeepingSink, uids } from './connections.ts'
import { connected, date, lastCommand, letter, rowsOf } from './sample-server.ts'

describe('searchUids, listUids and searchLarger', () => {
  test('name the UIDs of the examined mailbox', async () => {
    const { server, connection } = await connected()
    await connection.examine('INBOX')
    expect(formatUidSet(await connection.searchUids())).toBe('2:3,5,9')
    expect(lastCommand(server)).toBe('UID SEARCH ALL')
    expect(formatUidSet(await connection.searchUids(uids(1, 2, 3, 4, 9, 100)))).toBe('2:3,9')
    expect(lastCommand(server)).toBe('UID SEARCH UID 1:4,9,100')
    expect(formatUidSet(await connection.listUids())).toBe('2:3,5,9')
    expect(lastCommand(server)).toBe('UID FETCH 1:* (UID)')
    expect(formatUidSet(await connection.searchLarger(50, uids(2, 3, 5, 9)))).toBe('9')
    expect(lastCommand(server)).toBe('UID SEARCH UID 2:3,5,9 LARGER 50')
  })

  test('ask nothing where nothing is asked about', async () => {
    const { server, connection } = await connected()
    await connection.examine('INBOX')
    const before = server.commands.length
    expect(await connection.searchUids(emptyUidSet)).toEqual(emptyUidSet)
    expect(await connection.searchLarger(50, emptyUidSet)).toEqual(emptyUidSet)
    expect(server.commands).toHaveLength(before)
  })

  test('are empty in an empty mailbox', async () => {
    const { connection } = await connected()
    await connection.examine('Archive/2019')
    expect(await connection.searchUids()).toEqual(emptyUidSet)
    expect(await connection.listUids()).toEqual(emptyUidSet)
  })
})

describe('fetchRows', () => {
  const told = { internalDate: undefined, size: undefined, providerId: undefined, labels: undefined }

  test('tells UID, FLAGS and MODSEQ of all, in the order of arrival', async () => {
    const { server, connection } = await connected()
    await connection.examine('INBOX')
    server.faults.add({ when: { command: /FETCH/ }, action: { kind: 'shuffle-rows' } })
    expect(await rowsOf(connection)).toEqual([
      { ...told, uid: 9, flags: [], modseq: 5n },
      { ...told, uid: 3, flags: [String.raw`\Seen`, '$Tea'], modseq: 3n },
      { ...told, uid: 2, flags: [], modseq: 2n },
      { ...told, uid: 5, flags: [], modseq: 4n },
    ])
    expect(lastCommand(server)).toBe('UID FETCH 1:* (UID FLAGS MODSEQ)')
  })

  test('tells of some, of those that changed, and with metadata', async () => {
    const { server, connection } = await connected()
    await connection.examine('INBOX')
    expect((await rowsOf(connection, { uids: uids(3, 4, 5) })).map(({ uid }) => uid)).toEqual([3, 5])
    expect(lastCommand(server)).toBe('UID FETCH 3:5 (UID FLAGS MODSEQ)')
    expect((await rowsOf(connection, { changedSince: 3n })).map(({ uid }) => uid)).toEqual([5, 9])
    expect(lastCommand(server)).toBe('UID FETCH 1:* (UID FLAGS MODSEQ) (CHANGEDSINCE 3)')
    expect(await rowsOf(connection, { uids: uids(3), metadata: true })).toEqual([
      {
        ...told,
        uid: 3,
        flags: [String.raw`\Seen`, '$Tea'],
        modseq: 3n,
        internalDate: { seconds: 837_596_665, offsetMinutes: -420, text: date },
        size: letter(3).length,
      },
    ])
    expect(lastCommand(server)).toBe('UID FETCH 3 (UID FLAGS INTERNALDATE RFC822.SIZE MODSEQ)')
  })

  test('asks for no MODSEQ where there is no CONDSTORE', async () => {
    const { server, connection } = await connected({ CONDSTORE: false })
    await connection.examine('INBOX')
    expect(await rowsOf(connection, { uids: uids(2) })).toEqual([{ ...told, uid: 2, flags: [], modseq: undefined }])
    expect(lastCommand(server)).toBe('UID FETCH 2 (UID FLAGS)')
  })

  test('F100 F101 asks Gmail for labels always, and for its ids with metadata', async () => {
    const { server, connection } = await connected({ 'X-GM-EXT-1': true })
    await connection.examine('INBOX')
    expect(await rowsOf(connection, { uids: uids(2) })).toEqual([
      { ...told, uid: 2, flags: [], modseq: 2n, labels: [String.raw`\Inbox`, 'Grün'] },
    ])
    expect(lastCommand(server)).toBe('UID FETCH 2 (UID FLAGS MODSEQ X-GM-LABELS)')
    expect(await rowsOf(connection, { uids: uids(2), metadata: true })).toMatchObject([{ providerId: '1002' }])
  })

  test('asks for EMAILID where there is OBJECTID', async () => {
    const { connection } = await connected({ OBJECTID: true })
    await connection.examine('INBOX')
    expect(await rowsOf(connection, { uids: uids(9), metadata: true })).toMatchObject([{ providerId: '1009' }])
  })

  test('waits for the promise of each row before the next', async () => {
    const { connection } = await connected()
    await connection.examine('INBOX')
    const calls: string[] = []
    await connection.fetchRows({}, async ({ uid }) => {
      calls.push(`begin ${uid}`)
      await Promise.resolve()
      calls.push(`end ${uid}`)
    })
    expect(calls).toEqual([2, 3, 5, 9].flatMap((uid) => [`begin ${uid}`, `end ${uid}`]))
  })

  test('a promise of a row that rejects ends the command with that reason and closes the connection', async () => {
    const { connection } = await connected()
    await connection.examine('INBOX')
    const reason = new Error('the disk is full')
    await expect(connection.fetchRows({}, () => Promise.reject(reason))).rejects.toBe(reason)
    expect(connection.usable).toBe(false)
  })
})

describe('fetchMessages', () => {
  test('hands over rows and octets in the order of arrival, each in the room that was asked for it', async () => {
    const { server, connection } = await connected()
    await connection.examine('INBOX')
    const sink = new KeepingSink()
    await connection.fetchMessages(uids(3, 4, 9), sink)
    expect(sink.calls).toEqual([
      `allocate ${letter(3).length}`,
      'received 3',
      `allocate ${letter(9).length}`,
      'received 9',
    ])
    expect(sink.messages.map(({ octets }) => octets)).toEqual([letter(3), letter(9)])
    expect(sink.rows[0]).toEqual({
      uid: 3,
      flags: [String.raw`\Seen`, '$Tea'],
      modseq: 3n,
      internalDate: { seconds: 837_596_665, offsetMinutes: -420, text: date },
      size: letter(3).length,
      providerId: undefined,
      labels: undefined,
    })
    expect(lastCommand(server)).toBe('UID FETCH 3:4,9 (UID FLAGS INTERNALDATE RFC822.SIZE MODSEQ BODY.PEEK[])')
  })

  test('F79 octets are what the server serves: NUL, bare LF, none at all', async () => {
    const { store, connection } = await connected()
    const odd = [
      '',
      '\0',
      'a\nb\rc\r\n',
      ')\r\nM1 OK done\r\n',
      '{3}\r\n',
      Buffer.from([0xff, 0xfe, 0x80]).toString('latin1'),
    ]
    const numbers = odd.map((octets) => store.append('INBOX', Buffer.from(octets, 'latin1')))
    await connection.examine('INBOX')
    const sink = new KeepingSink()
    await connection.fetchMessages(uids(...numbers), sink)
    expect(sink.messages.map(({ octets }) => octets)).toEqual(odd)
  })

  test('leaves \\Seen alone', async () => {
    const { store, connection } = await connected()
    await connection.examine('INBOX')
    await connection.fetchMessages(uids(2, 3, 5, 9), new KeepingSink())
    expect(store.mailbox('INBOX').messages.map(({ flags }) => flags.length)).toEqual([0, 2, 0, 0])
  })
})
