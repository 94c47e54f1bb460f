import { decodeText } from './charset.ts'
import { decodeQuoted } from './transfer-encoding.ts'

/** `=?charset*language?encoding?text?=` (RFC 2047 §2, RFC 2231 §5). Senders put blanks and question marks into the text, too.
 *  Every part is bounded, so a match is linear. */
const encodedWord = /=\?([^?\s*]{1,60})(?:\*[^?\s]{0,40})?\?([BbQq])\?([^\r\n]{0,2000}?)\?=/g

interface Word {
  readonly charset: string
  readonly octets: Buffer
}

/** Where an encoded word that begins at `start` ends; undefined: none begins there. */
export function endOfEncodedWord(text: string, start: number): number | undefined {
  const pattern = new RegExp(encodedWord.source, 'y')
  pattern.lastIndex = start
  return pattern.test(text) ? pattern.lastIndex : undefined
}

/** Replaces encoded words by what they say. Neighbours in one charset are joined before they are decoded, because some
 *  senders cut characters in two (F85). What cannot be read stays as it is; never throws. */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text
  let decoded = ''
  let end = 0
  let run: Word | undefined
  const flush = (): void => {
    if (run !== undefined) decoded += decodeText(withoutEmptyShifts(run), run.charset)
    run = undefined
  }
  for (const match of text.matchAll(encodedWord)) {
    const word = readWord(match)
    const between = text.slice(end, match.index)
    // White space between two encoded words is not shown (RFC 2047 §6.2).
    const isNeighbour = run !== undefined && between.trim() === ''
    if (!isNeighbour || run?.charset !== word.charset) flush()
    if (!isNeighbour) decoded += between
    run = { charset: word.charset, octets: run === undefined ? word.octets : Buffer.concat([run.octets, word.octets]) }
    end = match.index + match[0].length
  }
  flush()
  return decoded + text.slice(end)
}

/** Each word of ISO-2022-JP shifts back to ASCII at its end; a decoder takes a shift right after a shift for an error. */
function withoutEmptyShifts({ octets, charset }: Word): Buffer {
  if (!charset.startsWith('iso-2022-')) return octets
  // oxlint-disable-next-line eslint/no-control-regex -- these are the shifts
  return Buffer.from(octets.toString('latin1').replaceAll(/\u001b\([BJ](?=\u001b[$(])/g, ''), 'latin1')
}

function readWord([, charset = '', encoding = '', text = '']: RegExpMatchArray): Word {
  const octets =
    encoding === 'b' || encoding === 'B'
      ? Buffer.from(text, 'base64')
      : decodeQuoted(Buffer.from(text.replaceAll('_', ' '), 'latin1'))
  return { charset: charset.toLowerCase(), octets }
}
