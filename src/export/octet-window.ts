/** Octets of a stream that are looked at together: they come in at the end and are dropped at the beginning. */
export class OctetWindow {
  #data = Buffer.alloc(2 ** 18)
  #start = 0
  #end = 0
  #dropped = 0

  /** What is in it; the same memory is used again by `append`. */
  get octets(): Buffer {
    return this.#data.subarray(this.#start, this.#end)
  }

  get length(): number {
    return this.#end - this.#start
  }

  /** Where in the stream it begins. */
  get offset(): number {
    return this.#dropped
  }

  append(chunk: Uint8Array): void {
    const { length } = this
    if (this.#end + chunk.length > this.#data.length) {
      const needed = length + chunk.length
      // Twice as much as is needed: a message of any size is copied a few times at most.
      const data = needed > this.#data.length / 2 ? Buffer.alloc(needed * 2) : this.#data
      this.#data.copy(data, 0, this.#start, this.#end)
      this.#data = data
      this.#start = 0
      this.#end = length
    }
    this.#data.set(chunk, this.#end)
    this.#end += chunk.length
  }

  drop(octets: number): void {
    this.#start += octets
    this.#dropped += octets
  }
}
