import { expect } from 'vitest'
import * as fc from 'fast-check'

/** Everything that may act on a terminal or deceive its reader, mixed with ordinary text. */
export const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\u001b[2J',
        '\u001b]0;title\u0007',
        '\u009b31m',
        '\u0000',
        '\u007f',
        '\u0085',
        '\r\n',
        '\t',
        '\u202e',
        '\u2066',
        '\u200b',
        '\u200d',
        '\ufeff',
        '\u{e0041}',
        '\u2028',
        '\ud800',
        '\udc00',
        '日本',
        '🎉',
        'e\u0301',
      ),
      fc.string(),
      fc.string({ unit: 'binary' }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''))

const harmful = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u

/** The allow-list: lines of printable characters. With `allowEscapes`, our own colours and cursor movements besides. */
export function expectSafe(text: string, { allowEscapes = false } = {}): void {
  // oxlint-disable-next-line eslint/no-control-regex -- what is looked for
  const own = allowEscapes ? text.replaceAll(/\u001b\[[\d;?]*[A-Za-z]/g, '') : text
  expect(own.replaceAll('\n', '')).not.toMatch(harmful)
}
