import { constants, zstdCompressSync } from 'node:zlib'

/** Where a text lies. */
export interface TextPlace {
  /** Which of the blocks that are prepared together. */
  readonly block: number
  /** In octets of UTF-8. */
  readonly start: number
  readonly octets: number
}

/** Texts are compressed together: a frame of its own would cost each 25 µs and find nothing to save in a short one. To show one,
 *  its block is unpacked: the larger, the slower. */
const blockOctets = 32_768

const fast = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** Texts of contents that are prepared together. */
export class TextBlocks {
  readonly #blocks: Uint8Array[] = []
  #texts: Buffer[] = []
  #octets = 0

  /** undefined for an empty text. */
  add(text: string): TextPlace | undefined {
    if (text === '') return undefined
    const octets = Buffer.from(text, 'utf8')
    const place = { block: this.#blocks.length, start: this.#octets, octets: octets.length }
    this.#texts.push(octets)
    this.#octets += octets.length
    if (this.#octets >= blockOctets) this.#pack()
    return place
  }

  end(): readonly Uint8Array[] {
    this.#pack()
    return this.#blocks
  }

  #pack(): void {
    if (this.#octets === 0) return
    this.#blocks.push(zstdCompressSync(Buffer.concat(this.#texts), fast))
    this.#texts = []
    this.#octets = 0
  }
}
