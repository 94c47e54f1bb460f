import type { Clock } from '../sync/ports.ts'
import { Bell } from '../sync/bell.ts'
import { countOf } from '../ui/format-count.ts'
import type { WatchedAccounts } from './flush-while-watching.ts'
import type { ServiceNotifier } from './watch-parts.ts'

export interface ServiceStatusParts {
  readonly service: ServiceNotifier | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Why the manager could not be told; once. */
  readonly onTrouble: (why: string) => void
}

const usualMs = 60_000

/** Tells the manager of the service how the watch is, one thing after the other. Whoever cannot be told is told nothing more. */
export class ServiceStatus {
  readonly #parts: ServiceStatusParts
  #told: Promise<void> = Promise.resolve()
  #isMute = false

  constructor(parts: ServiceStatusParts) {
    this.#parts = parts
  }

  tell(...states: readonly string[]): void {
    const { service, onTrouble } = this.#parts
    if (service === undefined) return
    const before = this.#told
    this.#told = (async () => {
      await before
      if (this.#isMute) return
      const why = await service.notify(...states)
      if (why === undefined) return
      this.#isMute = true
      onTrouble(why)
    })()
  }

  /** A sign of life while the main loop is alive, and what it does, until the signal fires. */
  async keepTelling(now: () => Pick<WatchedAccounts, 'accounts'>): Promise<void> {
    const { service, clock, signal } = this.#parts
    if (service === undefined) return
    const bell = new Bell(clock, signal)
    const everyMs = Math.min(usualMs, (service.watchdogMs ?? Infinity) / 2)
    let last = ''
    while (!isOver(signal)) {
      const status = `STATUS=${countOf(now().accounts.length, 'account')}`
      const states = [...(service.watchdogMs === undefined ? [] : ['WATCHDOG=1']), ...(status === last ? [] : [status])]
      last = status
      if (states.length > 0) this.tell(...states)
      await bell.wait(everyMs)
    }
  }

  async end(): Promise<void> {
    this.tell('STOPPING=1')
    await this.#told
  }
}

const isOver = (signal: AbortSignal): boolean => signal.aborted
