import { describe, expect, test } from 'vitest'
import { hasModseq, parseStatus, statusItems } from '../../src/imap/mailbox-status.ts'
import { readResponse } from './read-responses.ts'

const parse = async (wire: string) => parseStatus(await readResponse(`${wire}\r\n`))

const notTold = { uidValidity: undefined, uidNext: undefined, messages: undefined, highestModseq: undefined }

describe('a STATUS response (RFC 9051 §7.3.4)', () => {
  test.each([
    ['an atom', '* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)', 'blurdybloop'],
    ['a quoted string', '* STATUS "a \\"b\\" c" (MESSAGES 231 UIDNEXT 44292)', 'a "b" c'],
    ['a literal', '* STATUS {8}\r\nEntw\xfcrfe (MESSAGES 231 UIDNEXT 44292)', 'Entw\xfcrfe'],
    ['small letters', '* status blurdybloop (messages 231 uidnext 44292)', 'blurdybloop'],
  ])('names the mailbox as %s', async (_name, wire, wirePath) => {
    expect(await parse(wire)).toEqual({ wirePath, status: { ...notTold, messages: 231, uidNext: 44_292 } })
  })

  test('tells all that there is', async () => {
    const wire = '* STATUS INBOX (HIGHESTMODSEQ 7011231777 UIDVALIDITY 4294967295 MESSAGES 0 UIDNEXT 1)'
    expect((await parse(wire))?.status).toEqual({
      uidValidity: 4_294_967_295n,
      uidNext: 1,
      messages: 0,
      highestModseq: 7_011_231_777n,
    })
  })

  test.each([
    ['F36', 'UIDVALIDITY 0'],
    ['F36', 'UIDVALIDITY 4294967296'],
    ['F38', 'UIDNEXT 0'],
    ['F38', 'UIDNEXT x'],
    ['F38', 'UIDNEXT -1'],
    ['F60', 'HIGHESTMODSEQ 0'],
    ['F60', 'HIGHESTMODSEQ -3'],
    ['F60', 'HIGHESTMODSEQ NIL'],
    ['I05', ''],
    ['I05', 'UNSEEN 3'],
    ['I05', 'MESSAGES'],
  ])('%s "%s" is "not told"', async (_id, items) => {
    expect(await parse(`* STATUS INBOX (${items})`)).toEqual({ wirePath: 'INBOX', status: notTold })
  })

  test('F62 a HIGHESTMODSEQ of 2^63−1 is exact', async () => {
    const status = (await parse('* STATUS INBOX (HIGHESTMODSEQ 9223372036854775807)'))?.status
    expect(status).toEqual({ ...notTold, highestModseq: 2n ** 63n - 1n })
  })

  test.each(['* LIST () "/" INBOX', '* OK STATUS', '* STATUS INBOX', '* STATUS NIL (MESSAGES 1)', '* STATUSES x ()'])(
    '%j is none',
    async (wire) => {
      expect(await parse(wire)).toBeUndefined()
    },
  )

  test('one that breaks off is a PROTOCOL_VIOLATION', async () => {
    await expect(parse('* STATUS INBOX (MESSAGES 1')).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' })
  })
})

test('HIGHESTMODSEQ is asked for where the server has CONDSTORE or QRESYNC, and nowhere else', () => {
  expect([['CONDSTORE'], ['QRESYNC'], ['IDLE']].map((names) => hasModseq(new Set(names)))).toEqual([true, true, false])
  expect(statusItems(new Set())).toBe('(MESSAGES UIDNEXT UIDVALIDITY)')
  expect(statusItems(new Set(['CONDSTORE']))).toBe('(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)')
})
