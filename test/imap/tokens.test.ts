import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstOf, Scanner, toModseq, toNumber } from '../../src/imap/tokens.ts'
import type { Value } from '../../src/imap/tokens.ts'
import { AppError } from '../../src/model/errors.ts'
import { outcomeOf } from './outcome.ts'
import { readResponse, readResponses, toOctets } from './read-responses.ts'

/** The values of a line after `* X `. */
async function valuesOf(line: string): Promise<readonly Value[]> {
  const scanner = new Scanner(await readResponse(`* X ${line}\r\n`), '* X '.length)
  const values: Value[] = []
  for (scanner.skipSpaces(); !scanner.atEnd; scanner.skipSpaces()) values.push(scanner.value())
  return values
}

const octets = (text: string): Uint8Array => Uint8Array.from(toOctets(text))

describe('values (RFC 9051 §4)', () => {
  test.each<readonly [string, string, readonly Value[]]>([
    ['atoms', String.raw`a \Seen $MDNSent [x] 12 *`, ['a', String.raw`\Seen`, '$MDNSent', '[x]', '12', '*']],
    ['NIL in any case', 'NIL nil Nil', [null, null, null]],
    ['quoted NIL, which is a string', '"NIL" NILS', ['NIL', 'NILS']],
    ['quoted strings', '"a b" "" "(" "{3}"', ['a b', '', '(', '{3}']],
    ['escapes', String.raw`"a\"b" "a\\" "\\\"" "\x"`, ['a"b', 'a\\', '\\"', 'x']],
    ['lists within lists', '(a (b ("c d" ())) NIL) ()', [['a', ['b', ['c d', []]], null], []]],
    ['lists without spaces', '(a)(b(c)d)', [['a'], ['b', ['c'], 'd']]],
    ['many spaces', '  a   (  b   c  )  ', ['a', ['b', 'c']]],
    ['octets above 127', '"\xe9" \xff', ['\xe9', '\xff']],
    ['literals', '{3}\r\na\nb {0}\r\n (~{1}\r\nx)', [octets('a\nb'), octets(''), [octets('x')]]],
    ['what only looks like a literal', '{3} x{3} ({3})', ['{3}', 'x{3}', ['{3}']]],
  ])('reads %s', async (_name, line, values) => {
    expect(await valuesOf(line)).toEqual(values)
  })

  test('a literal that was dropped is undefined, and the next one is not taken for it', () => {
    const scanner = new Scanner({ text: '{5}\n {2}\n', literals: [undefined, octets('ab')] })
    expect([scanner.value(), scanner.value()]).toEqual([undefined, octets('ab')])
  })

  test.each([
    ['a quoted string without its end', '"abc'],
    ['a quoted string that ends in a backslash', String.raw`"abc\"`],
    ['a quoted string that breaks off in a literal', '"abc {3}\r\nxyz"'],
    ['a list without its end', '(a (b)'],
    ['an atom that ends in a literal', 'abc{3}\r\nxyz'],
    ['a thousand lists within each other', '('.repeat(1000) + ')'.repeat(1000)],
  ])('%s is a PROTOCOL_VIOLATION', async (_name, line) => {
    await expect(valuesOf(line)).rejects.toMatchObject({ name: 'AppError', code: 'PROTOCOL_VIOLATION' })
  })

  test('lists may lie within each other fifty deep', async () => {
    expect(JSON.stringify(await valuesOf('('.repeat(50) + ')'.repeat(50)))).toBe(`[${'['.repeat(50)}${']'.repeat(50)}]`)
  })
})

describe('names of data items (RFC 9051 §7.5.2)', () => {
  test.each([
    ['BODY[] NIL', 'BODY[]', null],
    ['BODY[HEADER.FIELDS (DATE FROM)]<0> x', 'BODY[HEADER.FIELDS (DATE FROM)]<0>', 'x'],
    ['BODY[HEADER.FIELDS ({4}\r\nDATE)] x', 'BODY[HEADER.FIELDS ({4}\n)]', 'x'],
    ['FLAGS(a)', 'FLAGS', ['a']],
    ['BODY[]{1}\r\nx', 'BODY[]', octets('x')],
  ])('%j', async (line, name, value) => {
    const scanner = new Scanner(await readResponse(`* X ${line}\r\n`), '* X '.length)
    expect([scanner.word(), scanner.value()]).toEqual([name, value])
  })

  test('a literal within a section does not stand for the value', async () => {
    const scanner = new Scanner(await readResponse('* X BODY[HEADER.FIELDS ({4}\r\nDATE)] {2}\r\nab\r\n'), 4)
    expect([scanner.word(), scanner.value()]).toEqual(['BODY[HEADER.FIELDS ({4}\n)]', octets('ab')])
  })

  test('no name at all is a PROTOCOL_VIOLATION, so that no loop stands still', () => {
    for (const text of ['', ')', '(x)', '{3}']) {
      expect(() => new Scanner({ text, literals: [] }).word()).toThrow(AppError)
    }
  })
})

describe('numbers', () => {
  const max32 = 4_294_967_295

  test.each<readonly [Value, number | undefined]>([
    ['0', 0],
    ['007', 7],
    ['4294967295', max32],
    ['4294967296', undefined],
    ['99999999999999999999', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['', undefined],
    [null, undefined],
    [['1'], undefined],
    [octets('1'), undefined],
  ])('%j is %j', (value, number) => {
    expect(toNumber(value, max32)).toBe(number)
  })

  test.each<readonly [Value, bigint | undefined]>([
    ['1', 1n],
    [['17'], 17n],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['9223372036854775808', undefined],
    ['99999999999999999999', undefined],
    ['0', undefined],
    ['-5', undefined],
    [['-5'], undefined],
    [[], undefined],
    [null, undefined],
    ['x', undefined],
  ])('F60 F62 F106 as a modseq %o is %s', (value, modseq) => {
    expect(toModseq(value)).toBe(modseq)
  })

  test('F62 a modseq from 1 to 2^63−1 is exact, and no other number is one', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 65n), 2n ** 65n), (number) => {
        expect(toModseq([String(number)])).toBe(number >= 1n && number < 2n ** 63n ? number : undefined)
      }),
    )
  })

  test('the first of a list, or the value itself', () => {
    expect([['a', 'b'], 'a', [], null].map((value) => firstOf(value))).toEqual(['a', 'a', undefined, null])
  })
})

describe('any octets', () => {
  const piece = fc.oneof(
    fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 8 }),
    fc.constantFrom('(', ')', '"', '\\', ' ', '[', ']', '{2}\r\nab', '~{1}\r\nx', 'NIL', '{', '}', '\r', '{9}'),
  )

  test('are values or a PROTOCOL_VIOLATION, and are read to their end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), fc.boolean(), async (pieces, asWords) => {
        const [response] = await readResponses(`* X ${pieces.join('')}\r\n`)
        if (response === undefined) return
        const outcome = outcomeOf(() => readAll(new Scanner(response, 4), asWords, response.text.length))
        expect(['fine', 'PROTOCOL_VIOLATION']).toContain(outcome)
      }),
      { numRuns: 2000 },
    )
  })
})

function readAll(scanner: Scanner, asWords: boolean, maxSteps: number): void {
  let steps = 0
  for (scanner.skipSpaces(); !scanner.atEnd && !scanner.take(')'); scanner.skipSpaces()) {
    if (asWords) scanner.word()
    scanner.value()
    if (++steps > maxSteps) throw new Error('the scanner stands still')
  }
}
