import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeWireName, toArgument } from '../../src/imap/wire-name.ts'
import { encodeMailboxName } from './mailbox-names.ts'
import { outcomeOf } from './outcome.ts'

/** Text as UTF-8, one character per octet. */
const raw = (text: string): string => Buffer.from(text).toString('latin1')

describe('decoding a mailbox name (RFC 9051 Appendix A.1)', () => {
  test.each([
    ['INBOX', 'INBOX'],
    ['~peter/mail/&U,BTFw-/&ZeVnLIqe-', '~peter/mail/台北/日本語'],
    ['Hello &Jjo-', 'Hello ☺'],
    ['&Jjo-!', '☺!'],
    ['&U,BTF2XlZyyKng-', '台北日本語'],
    ['a&AOk-', 'aé'],
    ['Tom &- Jerry', 'Tom & Jerry'],
    ['&-&-', '&&'],
    ['&2D3eAA-', '😀'],
    ['R&AOk-sum&AOk-', 'Résumé'],
    ['', ''],
  ])('%j is %j', (wire, path) => {
    expect(decodeWireName(wire)).toBe(path)
  })

  test.each(['a&AOk', 'bad&', '&', '&&-', '&A-', '&AO-', '&2D0-', '&3gA-', '&AOk_-', '&AOk=-', '& -', 'x&AOk-&'])(
    'F46 %j is no modified UTF-7 and stays as it is',
    (wire) => {
      expect(decodeWireName(wire)).toBe(wire)
    },
  )

  test('F46 raw UTF-8 is read as UTF-8, even with what would be modified UTF-7 in it', () => {
    expect(decodeWireName(raw('Entwürfe'))).toBe('Entwürfe')
    expect(decodeWireName(raw('日本 &AOk-'))).toBe('日本 &AOk-')
    expect(decodeWireName(raw('\u{feff}x'))).toBe('\u{feff}x')
  })

  test('F46 octets that are neither stay as they are', () => {
    for (const wire of ['Entw\xfcrfe', '\xc3', '\xff\xfe', 'a\xed\xa0\x80']) expect(decodeWireName(wire)).toBe(wire)
  })

  test('every name that is encoded comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        expect(decodeWireName(encodeMailboxName(path))).toBe(path)
      }),
    )
  })

  test('any octets decode to some text', () => {
    const octet = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
    const piece = fc.oneof(octet, fc.constantFrom('&', '-', 'A', ',', '+', 'AOk', '2D0'))
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(typeof decodeWireName(pieces.join(''))).toBe('string')
      }),
    )
  })
})

describe('a mailbox name as an argument', () => {
  test.each([
    ['INBOX', '"INBOX"'],
    ['', '""'],
    ['Sent Items ', '"Sent Items "'],
    ['2019', '"2019"'],
    ['NIL', '"NIL"'],
    ['{3}', '"{3}"'],
    ['*%()', '"*%()"'],
    [String.raw`a"b\c`, String.raw`"a\"b\\c"`],
    ['a&AOk', '"a&AOk"'],
    ['tab\there', '"tab\there"'],
  ])('%j is quoted', (wire, quoted) => {
    expect(toArgument(wire)).toEqual({ quoted })
  })

  test('F46 octets above 127 go out as a literal, unchanged', () => {
    expect(toArgument('Entw\xfcrfe')).toEqual({ literal: Buffer.from('Entw\xfcrfe', 'latin1') })
    expect(toArgument('\xc3\xbc"')).toEqual({ literal: Buffer.from([0xc3, 0xbc, 0x22]) })
  })

  test.each(['a\r\nM9 DELETE INBOX', 'a\rb', 'a\nb', 'a\0b', '\r', 'Entw\xfcrfe\n'])(
    'S23 %j is refused, and only that mailbox is given up',
    (wire) => {
      expect(() => toArgument(wire)).toThrow(
        expect.objectContaining({ name: 'AppError', code: 'COMMAND_REJECTED', scope: 'mailbox' }),
      )
    },
  )

  test('S23 a name goes out exactly as it is, or not at all', () => {
    const octet = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
    fc.assert(
      fc.property(fc.string({ unit: octet }), (wire) => {
        fc.pre(!/[\0\r\n]/.test(wire))
        const argument = toArgument(wire)
        expect('quoted' in argument ? unquote(argument.quoted) : argument.literal.toString('latin1')).toBe(wire)
      }),
    )
    fc.assert(
      fc.property(
        fc.string({ unit: octet }),
        fc.constantFrom('\0', '\r', '\n'),
        fc.string(),
        (before, octet, after) => {
          expect(outcomeOf(() => toArgument(before + octet + after))).toBe('COMMAND_REJECTED')
        },
      ),
    )
  })
})

function unquote(quoted: string): string {
  expect(quoted).toMatch(/^"(?:[^"\\]|\\["\\])*"$/s)
  return quoted.slice(1, -1).replaceAll(/\\(.)/g, '$1')
}
