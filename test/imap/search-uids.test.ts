import { describe, expect, test } from 'vitest'
import { formatUidSet } from '../../src/model/uid-set.ts'
import type { Answer } from '../servers/scripted-server.ts'
import { connectToScript, uids } from './connections.ts'
import { errorOf } from './outcome.ts'

const done = 'TAG OK done\r\n'
const esearch = { capabilities: 'IMAP4rev1 ESEARCH' }

/** What `searchUids` makes of this answer, and what was asked. */
async function searched(answer: string, options = {}) {
  const { server, connection } = await connectToScript({ 'UID SEARCH': answer }, options)
  const before = server.received.length
  const found = formatUidSet(await connection.searchUids())
  return { found, asked: server.received.slice(before) }
}

describe('SEARCH responses (RFC 9051 §7.3.3)', () => {
  test.each([
    ['an empty one', '* SEARCH\r\n', ''],
    ['one with a space', '* SEARCH \r\n', ''],
    ['F40 numbers in any order, twice', '* SEARCH 9 2 5 3 2 9\r\n', '2:3,5,9'],
    ['F57 several lines', '* SEARCH 1 2\r\n* SEARCH\r\n* SEARCH 7\r\n* SEARCH 3\r\n', '1:3,7'],
    ['small letters and many spaces', '* search  4   5 \r\n', '4:5'],
    ['a MODSEQ at the end', '* SEARCH 2 3 (MODSEQ 917162500)\r\n', '2:3'],
    ['I13 numbers that are no UID', '* SEARCH 0 4294967295 4294967296 99999999999999999999999\r\n', '4294967295'],
    ['other responses in between', '* 7 EXISTS\r\n* SEARCH 2\r\n* 1 FETCH (UID 4 FLAGS ())\r\n', '2'],
  ])('%s', async (_name, lines, found) => {
    expect(await searched(lines + done)).toEqual({ found, asked: ['UID SEARCH ALL'] })
  })

  test('of a million messages', async () => {
    const numbers = Array.from({ length: 1_000_000 }, (_, index) => index * 2 + 1).join(' ')
    const { connection } = await connectToScript({ 'UID SEARCH': `* SEARCH ${numbers}\r\n${done}` })
    const found = await connection.searchUids()
    expect([found.size, found.bounds.at(-1)]).toEqual([1_000_000, 1_999_999])
  })

  test('S22 of more messages than there can be is a PROTOCOL_VIOLATION', async () => {
    const line = Buffer.from(`* SEARCH ${'1 '.repeat(2_500_000)}\r\n`)
    const { connection } = await connectToScript({
      'UID SEARCH': async (peer) => {
        for (let sent = 0; sent < 9; sent++) await peer.send(line)
      },
    })
    expect(await errorOf(connection.searchUids())).toMatchObject({ code: 'PROTOCOL_VIOLATION', scope: 'account' })
  })
})

describe('ESEARCH responses (RFC 4731)', () => {
  test.each([
    ['ranges', '* ESEARCH (TAG "M1") UID ALL 2:3,5,9\r\n', '2:3,5,9'],
    ['ranges backwards and overlapping', '* ESEARCH (TAG "M1") UID ALL 9:7,3,2:8\r\n', '2:9'],
    ['more than the ranges', '* ESEARCH (TAG "M1") UID MIN 2 MAX 9 COUNT 3 ALL 2,5,9 MODSEQ 7\r\n', '2,5,9'],
    ['none', '* ESEARCH (TAG "M1") UID\r\n', ''],
    ['a count of none', '* ESEARCH (TAG "M1") UID COUNT 0\r\n', ''],
    ['no tag', '* ESEARCH UID ALL 4\r\n', '4'],
    ['several', '* ESEARCH (TAG "M1") UID ALL 1:2\r\n* ESEARCH (TAG "M1") UID ALL 5\r\n', '1:2,5'],
    ['the old kind after all', '* SEARCH 2 3\r\n', '2:3'],
  ])('%s', async (_name, lines, found) => {
    expect(await searched(lines + done, esearch)).toEqual({ found, asked: ['UID SEARCH RETURN (ALL) ALL'] })
  })

  test.each([
    ['sequence numbers', '* ESEARCH (TAG "M1") ALL 1:3\r\n'],
    ['a star', '* ESEARCH (TAG "M1") UID ALL 1:*\r\n'],
    ['a UID above 32 bits', '* ESEARCH (TAG "M1") UID ALL 1:4294967296\r\n'],
    ['words', '* ESEARCH (TAG "M1") UID ALL none\r\n'],
    ['nothing behind ALL', '* ESEARCH (TAG "M1") UID ALL \r\n'],
    ['a count alone', '* ESEARCH (TAG "M1") UID COUNT 2\r\n'],
    ['no answer at all', ''],
  ])('F51 I03 %s is never taken for "none": the old form is asked', async (_name, lines) => {
    const { server, connection } = await connectToScript(
      { 'UID SEARCH RETURN': lines + done, 'UID SEARCH ALL': `* SEARCH 2 3\r\n${done}` },
      esearch,
    )
    expect(formatUidSet(await connection.searchUids())).toBe('2:3')
    expect(server.received.at(-1)).toBe('UID SEARCH ALL')
  })

  test('F51 a server that does not know RETURN after all is asked in the old form', async () => {
    const { connection } = await connectToScript(
      { 'UID SEARCH RETURN': 'TAG BAD RETURN?\r\n', 'UID SEARCH ALL': `* SEARCH 2 3\r\n${done}` },
      esearch,
    )
    expect(formatUidSet(await connection.searchUids())).toBe('2:3')
  })

  test('S22 of more messages than there can be is a PROTOCOL_VIOLATION', async () => {
    const answer = `* ESEARCH (TAG "M1") UID ALL 1:4294967295\r\n${done}`
    const { connection } = await connectToScript({ 'UID SEARCH': answer }, esearch)
    expect(await errorOf(connection.searchUids())).toMatchObject({ code: 'PROTOCOL_VIOLATION' })
  })
})

describe('a server that cannot SEARCH (F57, I01, I03)', () => {
  const rows = '* 1 FETCH (UID 2 FLAGS ())\r\n* 2 FETCH (UID 9)\r\n* 3 FETCH (FLAGS ())'

  test.each<readonly [string, Answer]>([
    ['NO', 'TAG NO [SERVERBUG] SEARCH Server error - Please try again later\r\n'],
    ['NO with the word BAD in it', 'TAG NO it is: BAD\r\n'],
    ['BAD', 'TAG BAD what?\r\n'],
    ['OK without a word', 'TAG OK done\r\n'],
  ])('answers %s: the UIDs are fetched instead', async (_name, answer) => {
    const { server, connection } = await connectToScript({ 'UID SEARCH': answer, 'UID FETCH': `${rows}\r\n${done}` })
    expect(formatUidSet(await connection.searchUids())).toBe('2,9')
    expect(server.received.at(-1)).toBe('UID FETCH 1:* (UID)')
    expect(formatUidSet(await connection.searchUids(uids(1, 2, 3)))).toBe('2')
    expect(server.received.at(-1)).toBe('UID FETCH 1:3 (UID)')
  })

  test('and cannot FETCH either is COMMAND_REJECTED, never "none"', async () => {
    const { connection } = await connectToScript({ 'UID SEARCH': 'TAG BAD no\r\n', 'UID FETCH': 'TAG NO never\r\n' })
    expect(await errorOf(connection.searchUids())).toMatchObject({
      code: 'COMMAND_REJECTED',
      message: 'could not list the messages of the mailbox: NO never',
    })
    expect(connection.usable).toBe(true)
  })

  test('by size is COMMAND_REJECTED: what is refused is not "none"', async () => {
    const { connection } = await connectToScript({ 'UID SEARCH': 'TAG BAD LARGER?\r\n' })
    expect(await errorOf(connection.searchLarger(1, uids(1)))).toMatchObject({ code: 'COMMAND_REJECTED' })
  })

  test('F20 a search that the connection does not survive is not asked again', async () => {
    const { server, connection } = await connectToScript({ 'UID SEARCH': (peer) => peer.end() })
    expect(await errorOf(connection.searchUids())).toMatchObject({ code: 'CONNECTION_LOST' })
    expect(server.received.filter((line) => line.startsWith('UID'))).toEqual(['UID SEARCH ALL'])
  })
})

test('F42 what a search names beyond what was asked about is left out', async () => {
  const { connection } = await connectToScript({ 'UID SEARCH': `* SEARCH 1 2 3 4 5 6\r\n${done}` })
  expect(formatUidSet(await connection.searchUids(uids(2, 3, 9)))).toBe('2:3')
  expect(formatUidSet(await connection.searchLarger(10, uids(5)))).toBe('5')
})
