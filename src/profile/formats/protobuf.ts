/** Writes a message of protocol buffers field by field (https://protobuf.dev/programming-guides/encoding). */
export class MessageWriter {
  #octets: number[] = []

  /** A number from 0 to 2^53. The default, 0, is left out. */
  number(field: number, value: number): this {
    if (value === 0) return this
    this.#varint(field * 8)
    this.#varint(value)
    return this
  }

  numbers(field: number, values: readonly number[]): this {
    const packed = new MessageWriter()
    for (const value of values) packed.#varint(value)
    return this.#octetsField(field, packed.#octets)
  }

  text(field: number, value: string): this {
    return this.#octetsField(field, Buffer.from(value))
  }

  message(field: number, value: MessageWriter): this {
    return this.#octetsField(field, value.#octets)
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#octets)
  }

  #octetsField(field: number, octets: Iterable<number> & { readonly length: number }): this {
    this.#varint(field * 8 + 2)
    this.#varint(octets.length)
    for (const octet of octets) this.#octets.push(octet)
    return this
  }

  #varint(value: number): void {
    let rest = Math.max(0, Math.round(value))
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#octets.push((rest % 128) + 128)
    this.#octets.push(rest)
  }
}
