import { constants, zstdCompressSync } from 'node:zlib'
import type { Database } from 'better-sqlite3'

/** Texts are compressed together: a frame of its own would cost each 25 µs and find nothing to save in a short one. */
const blockOctets = 131_072

const fast = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** Where a text lies in its block, in octets of UTF-8. */
export interface TextPlace {
  readonly block: number
  readonly start: number
  readonly octets: number
}

/** Collects texts into blocks. `flush` before each commit: until then the last block is not in the file. */
export class TextBlocks {
  readonly #add: (id: number, data: Uint8Array) => void
  #next: number
  #texts: Buffer[] = []
  #octets = 0

  constructor(index: Database) {
    const insert = index.prepare<[number, Uint8Array]>('INSERT INTO text_block (id, data) VALUES (?, ?)')
    this.#add = (id, data) => void insert.run(id, data)
    this.#next = (index.prepare<[], number>('SELECT coalesce(max(id), 0) FROM text_block').pluck().get() ?? 0) + 1
  }

  /** undefined for an empty text. */
  add(text: string): TextPlace | undefined {
    if (text === '') return undefined
    const octets = Buffer.from(text, 'utf8')
    const place = { block: this.#next, start: this.#octets, octets: octets.length }
    this.#texts.push(octets)
    this.#octets += octets.length
    if (this.#octets >= blockOctets) this.flush()
    return place
  }

  flush(): void {
    if (this.#octets === 0) return
    this.#add(this.#next, zstdCompressSync(Buffer.concat(this.#texts), fast))
    this.#next++
    this.#texts = []
    this.#octets = 0
  }
}
