import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isFetch, parseFetch } from '../../src/imap/fetch-row.ts'
import type { FetchResponse } from '../../src/imap/fetch-row.ts'
import { outcomeOf } from './outcome.ts'
import { readResponse, readResponses } from './read-responses.ts'

const parse = async (wire: string): Promise<FetchResponse> => parseFetch(await readResponse(`${wire}\r\n`))

/** The row of `* 1 FETCH (UID 9 …)` without what is not told. */
async function told(items: string): Promise<Record<string, unknown>> {
  const { row } = await parse(`* 1 FETCH (UID 9 ${items})`)
  return Object.fromEntries(Object.entries(row ?? {}).filter(([name, value]) => name !== 'uid' && value !== undefined))
}

const text = (body: FetchResponse['body']): string | undefined =>
  body instanceof Uint8Array ? Buffer.from(body).toString('latin1') : body

const nothingTold = {
  flags: undefined,
  modseq: undefined,
  internalDate: undefined,
  size: undefined,
  providerId: undefined,
  labels: undefined,
}

describe('a FETCH row (RFC 9051 §7.5.2)', () => {
  const items = [
    String.raw`FLAGS (\Seen $Forwarded)`,
    'UID 42',
    'INTERNALDATE "17-Jul-1996 02:44:25 -0700"',
    'RFC822.SIZE 44827',
    'MODSEQ (12121231000)',
    'EMAILID (M6d99ac3275bb4e)',
    String.raw`X-GM-LABELS ("\\Inbox" Caf&AOk-)`,
    'BODY[] {5}\r\na)\r\nb',
  ]
  const row = {
    uid: 42,
    flags: [String.raw`\Seen`, '$Forwarded'],
    modseq: 12_121_231_000n,
    internalDate: { seconds: 837_596_665, offsetMinutes: -420, text: '17-Jul-1996 02:44:25 -0700' },
    size: 44_827,
    providerId: 'M6d99ac3275bb4e',
    labels: [String.raw`\Inbox`, 'Café'],
  }

  test('its items may come in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(items, { minLength: items.length }), async (shuffled) => {
        const parsed = await parse(`* 23 FETCH (${shuffled.join(' ')})`)
        expect({ row: parsed.row, body: text(parsed.body) }).toEqual({ row, body: 'a)\r\nb' })
      }),
    )
  })

  test('F69 whatever is not told is undefined, whatever is told is kept', async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray(items), async (some) => {
        const parsed = await parse(`* 23 FETCH (${['UID 42', ...some].join(' ')})`)
        const has = (name: string): boolean => some.some((item) => item.startsWith(name))
        expect(parsed.row).toEqual({
          uid: 42,
          flags: has('FLAGS') ? row.flags : undefined,
          modseq: has('MODSEQ') ? row.modseq : undefined,
          internalDate: has('INTERNALDATE') ? row.internalDate : undefined,
          size: has('RFC822.SIZE') ? row.size : undefined,
          providerId: has('EMAILID') ? row.providerId : undefined,
          labels: has('X-GM-LABELS') ? row.labels : undefined,
        })
        expect(text(parsed.body)).toBe(has('BODY[]') ? 'a)\r\nb' : 'absent')
      }),
    )
  })

  test('names are read in any case, and items that nobody asked for are passed over', async () => {
    const wire = '* 1 fetch (uid 7 Envelope ("x" NIL (("y"))) BODY[HEADER.FIELDS (DATE)] {2}\r\nab Rfc822.Size 3)'
    const row = { ...nothingTold, uid: 7, size: 3 }
    expect(await parse(wire)).toEqual({ row, body: 'absent', fields: new Uint8Array(Buffer.from('ab')) })
  })

  test.each(['* 1 FETCH ()', '* 1 FETCH (UID 4)  ', '* 4294967295 Fetch (FLAGS ())'])('%j is one', async (wire) => {
    expect(isFetch(wire)).toBe(true)
    await expect(parse(wire)).resolves.toBeDefined()
  })

  test.each(['* FETCH (UID 4)', '* 1 EXISTS', '* x FETCH (', '1 FETCH (UID 4)', '* 1 FETCHED (', '* 1 FETCH UID 4'])(
    '%j is none',
    (wire) => {
      expect(isFetch(wire)).toBe(false)
    },
  )
})

describe('UID', () => {
  test.each<readonly [string, number | undefined]>([
    ['1', 1],
    ['4294967295', 4_294_967_295],
    ['0', undefined],
    ['4294967296', undefined],
    ['99999999999', undefined],
    ['99999999999999999999999', undefined],
    ['-1', undefined],
    ['NIL', undefined],
    ['x', undefined],
    ['(3)', undefined],
  ])('I13 UID %s is %j', async (uid, expected) => {
    expect((await parse(`* 1 FETCH (UID ${uid} FLAGS ())`)).row?.uid).toBe(expected)
  })

  test('I12 a row without UID means nothing to us', async () => {
    expect(await parse(String.raw`* 1 FETCH (FLAGS (\Seen))`)).toEqual({ row: undefined, body: 'absent' })
  })
})

describe('what else a row tells', () => {
  test.each<readonly [string, bigint | undefined]>([
    ['(1)', 1n],
    ['624140003', 624_140_003n],
    ['(9223372036854775807)', 2n ** 63n - 1n],
    ['(9223372036854775808)', undefined],
    ['(0)', undefined],
    ['(-7)', undefined],
    ['NIL', undefined],
    ['()', undefined],
  ])('F60 F62 F106 MODSEQ %s is %s', async (modseq, expected) => {
    expect(await told(`MODSEQ ${modseq}`)).toEqual(expected === undefined ? {} : { modseq: expected })
  })

  test.each<readonly [string, readonly string[] | undefined]>([
    ['()', []],
    [
      String.raw`(\* [x] 42 \Recent \seen $a $a)`,
      [String.raw`\*`, '[x]', '42', String.raw`\Recent`, String.raw`\seen`, '$a', '$a'],
    ],
    ['("a b" "" NIL {2}\r\n\xe9\xff)', ['a b', '', 'NIL', '\xe9\xff']],
    ['({3} x{3})', ['{3}', 'x{3}']],
    ['NIL', undefined],
    [String.raw`\Seen`, undefined],
  ])('F70 FLAGS %s are kept as they are: %j', async (flags, expected) => {
    expect(await told(`FLAGS ${flags}`)).toEqual(expected === undefined ? {} : { flags: expected })
  })

  test('F70 a thousand keywords are kept', async () => {
    const flags = Array.from({ length: 1000 }, (_, index) => `keyword-${index}`)
    expect(await told(`FLAGS (${flags.join(' ')})`)).toEqual({ flags })
  })

  test.each([
    '00-Jan-0000 00:00:00 +0000',
    '17-Jul-0096 02:44:25 -0700',
    '17-Jul-1996 02:44:25 +9900',
    '31-Feb-2020 02:44:25 +0000',
    '17-Foo-1996 02:44:25 +0000',
    'yesterday',
    '',
  ])('F82 INTERNALDATE "%s" is no date, and its text is kept', async (date) => {
    expect(await told(`INTERNALDATE "${date}"`)).toEqual({
      internalDate: { seconds: undefined, offsetMinutes: undefined, text: date },
    })
  })

  test.each([
    [' 1-Jan-1899 00:00:00 +0000', -2_240_524_800, 0],
    ['1-Jan-2001 00:00:00 +0130', 978_301_800, 90],
    ['19-Jan-2038 03:14:08 +0000', 2_147_483_648, 0],
    ['01-jan-2001 00:00:00', 978_307_200, 0],
  ])('F82 INTERNALDATE "%s" is a date', async (date, seconds, offsetMinutes) => {
    expect(await told(`INTERNALDATE "${date}"`)).toEqual({ internalDate: { seconds, offsetMinutes, text: date } })
  })

  test.each<readonly [string, number | undefined]>([
    ['0', 0],
    ['4294967296', 4_294_967_296],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740992', undefined],
    ['-1', undefined],
    ['NIL', undefined],
  ])('RFC822.SIZE %s is %j', async (size, expected) => {
    expect(await told(`RFC822.SIZE ${size}`)).toEqual(expected === undefined ? {} : { size: expected })
  })

  test.each<readonly [string, string | undefined]>([
    ['EMAILID (M1-2_3)', 'M1-2_3'],
    ['X-GM-MSGID 18446744073709551615', '18446744073709551615'],
    ['EMAILID NIL', undefined],
    ['EMAILID ()', undefined],
  ])('%s', async (item, providerId) => {
    expect(await told(item)).toEqual(providerId === undefined ? {} : { providerId })
  })

  test('F101 X-GM-LABELS may be atoms, strings and literals', async () => {
    const wire = `X-GM-LABELS (2019 "\\\\Sent" "a \\"b\\"" {7}\r\nT&APw-r &- {4}\r\na\r\nb "trailing ")`
    expect(await told(wire)).toEqual({
      labels: ['2019', String.raw`\Sent`, 'a "b"', 'Tür', '&', 'a\r\nb', 'trailing '],
    })
  })
})

describe('BODY[] (I09)', () => {
  test.each<readonly [string, string | undefined]>([
    ['UID 9 BODY[] {3}\r\na\0b', 'a\0b'],
    ['UID 9 BODY[] {3+}\r\nabc', 'abc'],
    ['UID 9 BODY[] ~{3}\r\nabc', 'abc'],
    ['UID 9 BODY[]{3}\r\nabc', 'abc'],
    ['body[] {3}\r\nabc UID 9', 'abc'],
    ['UID 9 BODY[] {0}\r\n', ''],
    ['UID 9 BODY[] ""', ''],
    [String.raw`UID 9 BODY[] "a \"b\" {3}"`, 'a "b" {3}'],
    ['UID 9 BODY[] NIL', undefined],
    ['BODY[] NIL UID 9', undefined],
    ['UID 9 BODY[] ()', undefined],
    ['UID 9', 'absent'],
    ['UID 9 BODY[TEXT] {3}\r\nabc', 'absent'],
    ['UID 9 BODY[]<0> {3}\r\nabc', 'absent'],
    ['UID 9 RFC822 {3}\r\nabc', 'absent'],
  ])('%j has the octets %j', async (items, body) => {
    const parsed = await parse(`* 1 FETCH (${items})`)
    expect({ uid: parsed.row?.uid, body: text(parsed.body) }).toEqual({ uid: 9, body })
  })
})

describe('a literal whose length is a lie (F77, I10, I11) is never taken for the message', () => {
  test.each([
    ['shorter, in the middle of a word', 'UID 9 BODY[] {5}\r\nhello world'],
    ['shorter, before a space', 'UID 9 BODY[] {5}\r\nhello world)'],
    ['shorter, before what looks like an item', 'UID 9 BODY[] {5}\r\nhello wide world)'],
    ['shorter, before the end of a line', 'UID 9 BODY[] {5}\r\nhello'],
    ['longer, up to the next row', 'UID 9 BODY[] {22}\r\nhello)\r\n* 2 FETCH (UID 10 FLAGS ())'],
    ['longer, over the beginning of the next row', 'UID 9 BODY[] {20}\r\nhello)\r\n* 2 FETCH (UID 10 FLAGS ())'],
    ['longer, to a second body', 'UID 9 BODY[] {27}\r\nhello)\r\n* 2 FETCH (UID 10 BODY[] {3}\r\nabc)'],
    ['a second body of the same message', 'UID 9 BODY[] {1}\r\na BODY[] {1}\r\nb)'],
    ['another UID behind the body', 'UID 9 BODY[] {1}\r\na UID 10)'],
    ['text behind the row', 'UID 9 BODY[] {1}\r\na) and more'],
    ['a literal longer than the largest number', 'UID 9 BODY[] {9999999999999999}'],
  ])('%s', async (_name, items) => {
    const wire = `* 1 FETCH (${items}\r\n`
    const responses = await readResponses(wire)
    expect(responses).toHaveLength(1)
    await expect(parse(wire.slice(0, -2))).rejects.toMatchObject({ name: 'AppError', code: 'PROTOCOL_VIOLATION' })
  })

  test('however much too short a literal is, its row is refused, unless what is left of a line is just a parenthesis', async () => {
    const message = 'From: ada@example.org\r\nSubject: (tea)\r\n\r\nFLAGS (x) and so on.\r\n'
    const isWhole = (announced: number): boolean => message.startsWith(')\r\n', announced)
    for (let announced = 0; announced < message.length; announced++) {
      if (isWhole(announced)) continue
      const responses = await readResponses(`* 1 FETCH (UID 9 BODY[] {${announced}}\r\n${message})\r\n`)
      const [response] = responses
      if (response === undefined) throw new Error('there is no row')
      expect(() => parseFetch(response), `announced as ${announced}`).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_VIOLATION' }),
      )
    }
  })
})

test('any octets are a row or a PROTOCOL_VIOLATION', async () => {
  const piece = fc.oneof(
    fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 6 }),
    fc.constantFrom(' ', '(', ')', '"', 'UID ', 'FLAGS ', 'BODY[] ', 'MODSEQ ', 'INTERNALDATE ', 'X-GM-LABELS '),
    fc.constantFrom('{2}\r\nab', 'NIL', '7', '[', ']', 'EMAILID ', 'RFC822.SIZE '),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
      const responses = await readResponses(`* 1 FETCH (${pieces.join('')})\r\n`)
      for (const response of responses.filter((one) => isFetch(one.text))) {
        expect(['fine', 'PROTOCOL_VIOLATION']).toContain(outcomeOf(() => parseFetch(response)))
      }
    }),
    { numRuns: 2000 },
  )
})
