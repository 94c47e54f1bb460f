import { TextDecoder } from 'node:util'

/** Charsets that sample mail is written in and Node only reads. */
export type LegacyCharset = 'gb18030' | 'iso-2022-jp' | 'euc-kr' | 'windows-1256' | 'koi8-r' | 'iso-8859-1'

const escapeToJis = '\u001B$B'
const escapeToAscii = '\u001B(B'

/** Writes text in a legacy charset by looking up what TextDecoder reads. */
export class LegacyEncoder {
  readonly #charset: LegacyCharset
  readonly #table: ReadonlyMap<string, readonly number[]>

  constructor(charset: LegacyCharset) {
    this.#charset = charset
    // ISO-2022-JP is the table of EUC-JP with seven bits, behind escapes.
    this.#table = invertDecoder(charset === 'iso-2022-jp' ? 'euc-jp' : charset)
  }

  /** A character that the charset has not is a RangeError: the sample text must change. */
  encode(text: string): Buffer {
    return this.#charset === 'iso-2022-jp'
      ? this.#encodeJis(text)
      : Buffer.from(Array.from(text, (character) => this.#octets(character)).flat())
  }

  #encodeJis(text: string): Buffer {
    const octets: number[] = []
    let isAscii = true
    for (const character of text) {
      const encoded = this.#octets(character)
      if ((encoded.length === 1) !== isAscii) {
        isAscii = !isAscii
        octets.push(...Buffer.from(isAscii ? escapeToAscii : escapeToJis, 'latin1'))
      }
      octets.push(...encoded.map((octet) => octet & 0x7f))
    }
    if (!isAscii) octets.push(...Buffer.from(escapeToAscii, 'latin1'))
    return Buffer.from(octets)
  }

  #octets(character: string): readonly number[] {
    const octets = this.#table.get(character)
    if (octets === undefined) throw new RangeError(`${this.#charset} has no ${character}`)
    return octets
  }
}

const replacement = '\uFFFD'

function invertDecoder(charset: string): ReadonlyMap<string, readonly number[]> {
  const decoder = new TextDecoder(charset)
  const table = new Map<string, readonly number[]>()
  const note = (...octets: readonly number[]): void => {
    const character = decoder.decode(Uint8Array.from(octets))
    const isOne = Array.from(character).length === 1 && character !== replacement
    if (isOne && !table.has(character)) table.set(character, octets)
  }
  for (let first = 0; first < 256; first++) note(first)
  if (/^(?:windows|koi8|iso-8859)/.test(charset)) return table
  for (let first = 0x81; first < 0xff; first++) {
    for (let second = 0x40; second < 0xff; second++) note(first, second)
  }
  return table
}
