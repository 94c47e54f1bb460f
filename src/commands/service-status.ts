import type { Clock } from '../sync/ports.ts'
import { Bell } from '../sync/bell.ts'
import type { WatchEvent } from '../sync/watch-events.ts'
import { countOf } from '../ui/format-count.ts'
import { safeText } from '../ui/safe-text.ts'
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
  /** By account, what it waits for. */
  readonly #trouble = new Map<string, string>()
  /** Why the configuration was not read anew. */
  #refused: string | undefined
  #told: Promise<void> = Promise.resolve()
  #isMute = false
  /** As it was told last. */
  #status = ''

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

  onEvent(event: WatchEvent): void {
    if (event.type === 'reload-failed') this.#refused = `the configuration stays as it was: ${event.error.message}`
    if (event.type === 'config-reloaded') this.#refused = undefined
    if (event.type !== 'account-state') return
    const { account, state, error } = event
    if (error !== undefined) this.#trouble.set(account, `${account}: ${state}: ${error.message}`)
    else if (state === 'listening' || state === 'polling') this.#trouble.delete(account)
  }

  /** A sign of life while the main loop is alive, and what it does, until the signal fires. */
  async keepTelling(accountsOf: () => readonly string[]): Promise<void> {
    const { service, clock, signal } = this.#parts
    if (service === undefined) return
    const bell = new Bell(clock, signal)
    const everyMs = Math.min(usualMs, (service.watchdogMs ?? Infinity) / 2)
    while (!bell.isOver()) {
      const status = this.#statusOf(accountsOf())
      const isNew = status !== this.#status
      const states = [...(service.watchdogMs === undefined ? [] : ['WATCHDOG=1']), ...(isNew ? [status] : [])]
      this.#status = status
      if (states.length > 0) this.tell(...states)
      await bell.wait(everyMs)
    }
  }

  /** Ready, and with whom. */
  tellReady(accounts: readonly string[]): void {
    this.#status = this.#statusOf(accounts)
    this.tell('READY=1', this.#status)
  }

  #statusOf(accounts: readonly string[]): string {
    const troubles = [this.#refused ?? [], accounts.map((name) => this.#trouble.get(name) ?? [])].flat(2)
    return `STATUS=${[`watching ${countOf(accounts.length, 'account')}`, ...troubles.map(safeText)].join('; ')}`
  }

  async end(): Promise<void> {
    this.tell('STOPPING=1')
    await this.#told
  }
}
