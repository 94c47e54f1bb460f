import { performance } from 'node:perf_hooks'

/** How long a server may be without a sign of life while a command waits for it, in milliseconds. */
export interface Patience {
  /** Without an octet (F17). */
  readonly silenceMs: number
  /** Without a row, a literal's octets or an end, whatever else it sends: keep-alives are no progress (F02, I23). */
  readonly stallMs: number
}

export const usualPatience: Patience = { silenceMs: 2 * 60_000, stallMs: 10 * 60_000 }

/** Notices a server that hangs while a command is waiting for it. Time in which we ourselves hold the server back does not
 *  count. */
export class ProgressWatchdog {
  readonly #patience: Patience
  readonly #onHang: (what: string) => void
  #timer: NodeJS.Timeout | undefined
  #octetsAt = 0
  #progressAt = 0
  #held = false

  constructor(patience: Patience, onHang: (what: string) => void) {
    this.#patience = patience
    this.#onHang = onHang
  }

  commandSent(): void {
    this.#octetsAt = this.#progressAt = performance.now()
    const { silenceMs, stallMs } = this.#patience
    // oxlint-disable-next-line eslint/no-restricted-globals -- the one timer of a connection
    this.#timer ??= setInterval(() => this.#look(), Math.min(5000, silenceMs / 4, stallMs / 4))
  }

  octets(): void {
    this.#octetsAt = performance.now()
  }

  progress(): void {
    this.#progressAt = performance.now()
  }

  hold(isHeld: boolean): void {
    this.#held = isHeld
    this.#octetsAt = this.#progressAt = performance.now()
  }

  commandEnded(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    if (this.#held) return
    const now = performance.now()
    const { silenceMs, stallMs } = this.#patience
    if (now - this.#octetsAt > silenceMs) this.#onHang(`nothing came for ${Math.round(silenceMs / 1000)} s`)
    else if (now - this.#progressAt > stallMs) this.#onHang(`it made no progress for ${Math.round(stallMs / 1000)} s`)
  }
}
