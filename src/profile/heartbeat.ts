/** What the main thread and the one that watches it both see. */
export class Heartbeat {
  readonly shared: SharedArrayBuffer
  /** Four octets, for the number of the label in force. */
  readonly label: SharedArrayBuffer
  readonly #beat: BigInt64Array
  readonly #label: Int32Array

  constructor(shared = new SharedArrayBuffer(8), label = new SharedArrayBuffer(4)) {
    this.shared = shared
    this.label = label
    this.#beat = new BigInt64Array(shared)
    this.#label = new Int32Array(label)
  }

  beat(micros: number): void {
    Atomics.store(this.#beat, 0, BigInt(Math.round(micros)))
  }

  /** By `nowMicros`. */
  get lastMicros(): number {
    return Number(Atomics.load(this.#beat, 0))
  }

  get labelNumber(): number {
    return Atomics.load(this.#label, 0)
  }
}
