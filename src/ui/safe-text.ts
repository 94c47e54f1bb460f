import { lazily } from '../model/lazily.ts'

/** Everything that moves the cursor, hides, reorders or joins what is around it (S14, S15): controls (C0, DEL, C1),
 *  formats (bidi, zero-width, tags), separators of lines, halves of surrogate pairs, noncharacters. The two variation
 *  selectors that choose between text and emoji only change a glyph. */
const unsafe = lazily(
  () =>
    new RegExp(
      String.raw`[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]--[\uFE0E\uFE0F]]`,
      'gv',
    ),
)
/** Latin, Cyrillic, punctuation, kana, Han and Hangul: nothing in it is unsafe or a mark. */
const plain = new RegExp(
  String.raw`^[\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u0400-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e\u3001-\u3029\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]*$`,
)
/** Marks pile up over the lines above and below; no language needs more than a few. */
const pileOfMarks = lazily(() => /(\p{M}{6})\p{M}+/gu)

/** Makes text that came from mail, a server or a file name safe to show, as one line: what could act on a terminal or
 *  deceive its reader is shown as an escape. Twice is the same as once. */
export function safeText(text: string): string {
  if (plain.test(text)) return text
  return text.replaceAll(unsafe(), escapeOf).replaceAll(pileOfMarks(), '$1')
}

/** As `safeText`, but line breaks stay line breaks and tabs become spaces. */
export function safeLines(text: string): readonly string[] {
  return text.split(/\r\n|\n|\r/).map((line) => safeText(line.replaceAll('\t', '    ')))
}

/** JSON on one line in which the same characters are written as JSON escapes: the same value to a parser, harmless on a
 *  terminal. `undefined` becomes null, a bigint its digits. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value, toJson).replaceAll(unsafe(), jsonEscapeOf)
}

function toJson(_key: string, value: unknown): unknown {
  if (value === undefined) return null
  return typeof value === 'bigint' ? value.toString() : value
}

function escapeOf(character: string): string {
  if (character === '\t') return ' '
  if (character === '\n') return String.raw`\n`
  if (character === '\r') return String.raw`\r`
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16)
  return code < 256 ? String.raw`\x${hex.padStart(2, '0')}` : String.raw`\u{${hex}}`
}

function jsonEscapeOf(character: string): string {
  let escaped = ''
  for (let index = 0; index < character.length; index++) {
    escaped += String.raw`\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`
  }
  return escaped
}
