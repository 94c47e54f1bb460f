const lineFeed = 0x0a

/** What has arrived on a connection and not been read yet. One reader at a time. */
export class OctetSource {
  #chunks: Buffer[] = []
  #buffered = 0
  #ended = false
  #wake: (() => void) | undefined
  #onRead: (() => void) | undefined
  #isWanted = false

  /** A reader waits for more than there is. */
  get isWanted(): boolean {
    return this.#isWanted
  }

  /** Octets waiting to be read. */
  get buffered(): number {
    return this.#buffered
  }

  /** Calls back whenever a reader waits for more. */
  onRead(callback: (() => void) | undefined): void {
    this.#onRead = callback
  }

  feed(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#buffered += chunk.length
    this.#wake?.()
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  /** Forgets what was sent too early, before TLS began (RFC 9051 §11.1). */
  discard(): void {
    this.#chunks = []
    this.#buffered = 0
  }

  /** The next line without its CRLF or LF; undefined at the end of the input, or when it has over `maxOctets`. */
  async readLine(maxOctets: number): Promise<string | undefined> {
    let searched = 0
    for (;;) {
      const end = this.#indexOfLineFeed(searched)
      if (end >= 0 && end <= maxOctets)
        return this.#take(end + 1)
          .toString('latin1')
          .replace(/\r?\n$/, '')
      if (this.#buffered > maxOctets || this.#ended) return undefined
      searched = this.#buffered
      await this.#more()
    }
  }

  /** Exactly so many octets; undefined when the input ends before. */
  async read(octets: number): Promise<Buffer | undefined> {
    while (this.#buffered < octets) {
      if (this.#ended) return undefined
      await this.#more()
    }
    return this.#take(octets)
  }

  #indexOfLineFeed(from: number): number {
    let start = 0
    for (const chunk of this.#chunks) {
      const found = start + chunk.length <= from ? -1 : chunk.indexOf(lineFeed, Math.max(0, from - start))
      if (found >= 0) return start + found
      start += chunk.length
    }
    return -1
  }

  #take(octets: number): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks)
    if (all === undefined) return Buffer.alloc(0)
    this.#chunks = all.length > octets ? [all.subarray(octets)] : []
    this.#buffered -= octets
    return all.subarray(0, octets)
  }

  async #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    this.#isWanted = true
    this.#onRead?.()
    await promise
    this.#isWanted = false
    this.#wake = undefined
  }
}
