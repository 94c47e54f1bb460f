import { deserialize, serialize } from 'node:v8'

/** Virtual memory; what is not written takes none. */
const mostOctets = 2 ** 26
const headerOctets = 8

/** What threads that end leave to the one that began them, in shared memory: no event is needed, and none would come in time. Values are
 *  copied (structured clone). */
export class SharedReports<Report> {
  readonly buffer: SharedArrayBuffer
  /** A lock, and the octets that are written. */
  readonly #header: Int32Array

  constructor(buffer = new SharedArrayBuffer(headerOctets, { maxByteLength: mostOctets })) {
    this.buffer = buffer
    this.#header = new Int32Array(buffer, 0, 2)
  }

  /** False: there is no room. */
  add(report: Report): boolean {
    const octets = serialize(report)
    while (Atomics.compareExchange(this.#header, 0, 0, 1) !== 0) Atomics.wait(this.#header, 0, 1)
    try {
      const start = headerOctets + (this.#header[1] ?? 0)
      const end = start + 4 + octets.length
      if (end > mostOctets) return false
      this.buffer.grow(end)
      new DataView(this.buffer).setUint32(start, octets.length)
      new Uint8Array(this.buffer).set(octets, start + 4)
      this.#header[1] = end - headerOctets
      return true
    } finally {
      Atomics.store(this.#header, 0, 0)
      Atomics.notify(this.#header, 0)
    }
  }

  /** Those that have been left by now. */
  all(): readonly Report[] {
    const found: Report[] = []
    const end = headerOctets + Atomics.load(this.#header, 1)
    for (let at = headerOctets; at < end;) {
      const length = new DataView(this.buffer).getUint32(at)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `add` has written
      found.push(deserialize(new Uint8Array(this.buffer.slice(at + 4, at + 4 + length))) as Report)
      at += 4 + length
    }
    return found
  }
}
