import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseInternalDate, splitFlags } from '../../src/model/message.ts'

const seconds = (iso: string): number => Date.parse(iso) / 1000
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (value: number): string => String(value).padStart(2, '0')

describe('F82 an internal date (RFC 9051 §9 date-time)', () => {
  test.each([
    ['17-Jul-1996 02:44:25 -0700', '1996-07-17T09:44:25Z', -420],
    [' 7-Jul-1996 02:44:25 +0000', '1996-07-07T02:44:25Z', 0],
    ['7-jul-1996 02:44:25 +0530', '1996-07-06T21:14:25Z', 330],
    ['29-FEB-2024 23:59:59 -0000', '2024-02-29T23:59:59Z', -0],
    ['01-Jan-1899 00:00:00 +0000', '1899-01-01T00:00:00Z', 0],
    ['01-Jan-0101 00:00:00 +0000', '0101-01-01T00:00:00Z', 0],
    ['19-Jan-2038 03:14:08 +0000', '2038-01-19T03:14:08Z', 0],
    ['01-Jan-2000 00:00:00', '2000-01-01T00:00:00Z', 0],
    ['01-Jan-2000 00:00:00 +1400', '1999-12-31T10:00:00Z', 840],
  ])('%j is %s', (text, iso, offsetMinutes) => {
    const date = parseInternalDate(text)
    expect({ ...date, offsetMinutes: (date.offsetMinutes ?? NaN) + 0 }).toEqual({
      seconds: seconds(iso),
      offsetMinutes: offsetMinutes + 0,
      text,
    })
  })

  test.each([
    '00-Jan-0000 00:00:00 +0000',
    '31-Feb-2024 00:00:00 +0000',
    '30-Feb-2024 00:00:00 +0000',
    '01-Foo-2024 00:00:00 +0000',
    '01-Jan-0050 00:00:00 +0000',
    '01-Jan-2024 00:00:00 +9900',
    '01-Jan-24 00:00:00 +0000',
    '2024-01-01T00:00:00Z',
    '',
    'NIL',
  ])('%j is no date, and its text is kept', (text) => {
    expect(parseInternalDate(text)).toEqual({ seconds: undefined, offsetMinutes: undefined, text })
  })

  test('of any instant and offset is read back', () => {
    const instant = fc.date({ min: new Date('1001-01-01'), max: new Date('9998-01-01'), noInvalidDate: true })
    const offset = fc.integer({ min: -14 * 60, max: 14 * 60 })
    fc.assert(
      fc.property(instant, offset, (date, offsetMinutes) => {
        const at = Math.floor(date.getTime() / 1000)
        const local = new Date((at + offsetMinutes * 60) * 1000)
        const day = `${two(local.getUTCDate())}-${months[local.getUTCMonth()]}-${two(local.getUTCFullYear())}`
        const time = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(two).join(':')
        const distance = Math.abs(offsetMinutes)
        const zone = `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(distance / 60))}${two(distance % 60)}`
        expect(parseInternalDate(`${day} ${time} ${zone}`).seconds).toBe(at)
      }),
    )
  })

  test('means the same however its month is spelt: the usual form is read by its places, others are not', () => {
    const near = fc.stringMatching(
      /^[0-3]\d-(?:Jan|Feb|Jun|Dec|Foo)-[0-2]\d{3} [0-2]\d:[0-6]\d:[0-6]\d [+-][0-2]\d[0-6]\d$/,
    )
    fc.assert(
      fc.property(near, (text) => {
        const { seconds: usual, offsetMinutes } = parseInternalDate(text)
        const odd = parseInternalDate(text.toLowerCase())
        expect([usual, offsetMinutes]).toEqual([odd.seconds, odd.offsetMinutes])
      }),
      { numRuns: 2000 },
    )
  })

  test('never throws', () => {
    const near = fc.stringMatching(/^[ \d]\d-[A-Za-z]{3}-\d{4} \d\d:\d\d:\d\d [+-]\d{4}$/)
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        const date = parseInternalDate(text)
        expect(date.text).toBe(text)
        expect(date.seconds === undefined || Number.isSafeInteger(date.seconds)).toBe(true)
      }),
    )
  })
})

describe('F70 flags as they are stored', () => {
  test.each<readonly [readonly string[], readonly string[], readonly string[]]>([
    [[], [], []],
    [[String.raw`\seen`, String.raw`\FLAGGED`], [String.raw`\Flagged`, String.raw`\Seen`], []],
    [[String.raw`\Recent`, String.raw`\recent`, String.raw`\Seen`], [String.raw`\Seen`], []],
    [['$Junk', '$junk', 'Zebra', 'apple'], [], ['$Junk', 'Zebra', 'apple']],
    [['', '[x]', '17', String.raw`\*`, String.raw`\Strange`], [], ['17', '[x]', String.raw`\*`, String.raw`\Strange`]],
  ])('%j', (raw, flags, keywords) => {
    expect(splitFlags(raw)).toEqual({ flags, keywords })
  })

  test('do not depend on order or repetition, and splitting them again changes nothing', () => {
    const flag = fc.oneof(
      fc.constantFrom(String.raw`\Seen`, String.raw`\Draft`, String.raw`\Recent`, '$Junk'),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.uniqueArray(flag, { selector: (each) => each.toLowerCase() }), (raw) => {
        const split = splitFlags(raw)
        expect(splitFlags([...raw, ...raw].toReversed())).toEqual(split)
        expect(splitFlags([...split.flags, ...split.keywords])).toEqual(split)
      }),
    )
  })

  test('a thousand keywords are all kept', () => {
    const raw = Array.from({ length: 1000 }, (_, index) => `keyword${index}`)
    expect(splitFlags(raw).keywords).toHaveLength(1000)
  })
})
