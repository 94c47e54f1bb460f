import { Bell } from './bell.ts'
import type { HookResult } from './events.ts'
import { HookLoop } from './hook-loop.ts'
import type { LoopParts } from './hook-loop.ts'
import type { WiredHook } from './ports.ts'

export type CourierParts = Omit<LoopParts, 'bell' | 'closingMs' | 'isLate' | 'cut'>

/** Whoever is being told when we are interrupted may still answer: what is broken off arrives twice. */
const graceMs = 2000

export interface Patience {
  /** Attempts that are still under way then are broken off. Milliseconds. */
  readonly limitMs: number
  /** Pauses are waited for that end within so many milliseconds. */
  readonly pauseMs: number
}

/** Tells the hooks of a store what happens in it, each in a loop of its own, so that none waits for another. The caller holds the
 *  store's lock (`HookStore.lock`) as long. */
export class HookCourier {
  readonly #parts: CourierParts
  readonly #bell = new Bell()
  readonly #hurry = new AbortController()
  readonly #cut = new AbortController()
  readonly #loops: readonly HookLoop[]
  readonly #running: Promise<PromiseSettledResult<void>[]>
  #pausesEndMs: number | undefined

  /** The hooks are registered already. */
  constructor(hooks: readonly WiredHook[], parts: CourierParts) {
    this.#parts = parts
    const signal = AbortSignal.any([parts.signal, this.#hurry.signal])
    const closingMs = (): number | undefined =>
      this.#pausesEndMs === undefined ? undefined : this.#pausesEndMs - parts.clock.monotonicMs()
    const isLate = (): boolean => this.#hurry.signal.aborted && !parts.signal.aborted
    const cut = AbortSignal.any([this.#cut.signal, this.#hurry.signal])
    const own = { ...parts, signal, cut, bell: this.#bell, closingMs, isLate }
    this.#loops = hooks.map((wired) => new HookLoop(wired, own))
    this.#running = this.#run()
  }

  async #run(): Promise<PromiseSettledResult<void>[]> {
    const { signal } = this.#parts
    const ended = new AbortController()
    const onAbort = (): void => void this.#timeUp(graceMs, ended.signal).then(() => this.#cut.abort())
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    const settled = await Promise.allSettled(this.#loops.map((loop) => loop.run()))
    signal.removeEventListener('abort', onAbort)
    ended.abort()
    return settled
  }

  /** There may be changes to tell of, or messages that can be searched now. */
  notify(): void {
    this.#bell.ring()
  }

  /** Nothing more is to come: what is left is delivered. What is not told in time stays for the next time. Throws STORE_* errors. */
  async finish({ limitMs, pauseMs }: Patience): Promise<readonly HookResult[]> {
    this.#pausesEndMs = this.#parts.clock.monotonicMs() + pauseMs
    this.#bell.ring()
    const inTime = new AbortController()
    const timeUp = limitMs === Infinity ? [] : [this.#timeUp(limitMs, inTime.signal)]
    await Promise.race([this.#running, ...timeUp])
    inTime.abort()
    this.#hurry.abort()
    const ended = await this.#running
    const failed = ended.find((one) => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return Promise.all(this.#loops.map((loop) => loop.result()))
  }

  async #timeUp(ms: number, signal: AbortSignal): Promise<void> {
    await this.#parts.clock.delay(ms, signal).catch(() => undefined)
  }
}
