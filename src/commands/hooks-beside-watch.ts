import type { AppError } from '../model/errors.ts'
import { Bell } from '../sync/bell.ts'
import { toReportedError } from '../sync/events.ts'
import { hookResultLines } from '../ui/hooks-page.ts'
import type { ReportedEvent } from '../ui/watch-lines.ts'
import type { CommandContext } from './context.ts'
import type { HookDelivery } from './deliver-hooks.ts'
import type { WatchedAccounts } from './flush-while-watching.ts'
import { isNewsForHooks } from './hooks-beside-sync.ts'

export interface HooksBesideWatchParts {
  readonly context: CommandContext
  /** As things are; `renew` says that they have changed. Its stores are open. */
  readonly now: () => WatchedAccounts
  /** Fires at the end of the watch. */
  readonly signal: AbortSignal
  readonly report: (event: ReportedEvent) => void
}

/** Hooks that another process wants delivered again, or tells, are looked after so often. */
const lookEveryMs = 5000
/** Longer than any attempt lasts: none is broken off because a config was read anew. */
const patience = { limitMs: 60_000, pauseMs: 0 }

/** Hooks that are told while a watch goes on, store by store. Whatever goes wrong is told and costs the watch nothing. */
export class HooksBesideWatch {
  readonly #parts: HooksBesideWatchParts
  readonly #bell: Bell
  /** By path of the store. */
  readonly #deliveries = new Map<string, HookDelivery>()
  readonly #said = new Set<string>()
  #config = ''

  constructor(parts: HooksBesideWatchParts) {
    this.#parts = parts
    this.#bell = new Bell(parts.context.clock, parts.signal)
  }

  onEvent({ type }: ReportedEvent): void {
    if (isNewsForHooks(type)) this.#notify()
  }

  /** The config was read anew. */
  renew(): void {
    this.#bell.ring()
  }

  /** Those that are there are told from here on. */
  begin(): Promise<void> {
    return this.#look()
  }

  /** Ends with the signal; whoever is being told then may still answer for a moment. What is to be said of the hooks, safe. */
  async run(): Promise<readonly string[]> {
    while (!this.#bell.isOver()) {
      await this.#look()
      this.#notify()
      await this.#bell.wait(lookEveryMs)
    }
    return this.#endAll()
  }

  #notify(): void {
    for (const delivery of this.#deliveries.values()) delivery.notify()
  }

  async #look(): Promise<void> {
    const { config, accounts } = this.#parts.now()
    const hooks = (config.hooks ?? []).map(({ name }) => name)
    const renewed = JSON.stringify([config.hooks, config.accounts])
    const isRenewed = renewed !== this.#config
    const hadHooks = this.#deliveries.size > 0
    if (isRenewed) {
      await this.#endAll()
      this.#said.clear()
      this.#config = renewed
    }
    for (const store of hooks.length === 0 ? [] : new Set(accounts.map((account) => account.store))) {
      if (!this.#deliveries.has(store) && !this.#bell.isOver()) await this.#begin(store)
    }
    if (isRenewed && (hooks.length > 0 || hadHooks)) this.#parts.report({ type: 'hooks-began', hooks })
  }

  async #begin(store: string): Promise<void> {
    const { context, now, signal, report } = this.#parts
    const { startHooks } = await import('./deliver-hooks.ts')
    const delivery = await startHooks(context, {
      config: now().config,
      stores: [store],
      signal,
      onEvent: report,
      onOutput: (hook, text) => report({ type: 'hook-output', hook, text }),
    })
    if (delivery.isTelling) this.#deliveries.set(store, delivery)
    for (const error of delivery.errors) this.#say(error)
  }

  async #endAll(): Promise<readonly string[]> {
    const ending = [...this.#deliveries.values()]
    this.#deliveries.clear()
    const ended = await Promise.all(ending.map((delivery) => delivery.finish(patience)))
    for (const error of ended.flatMap(({ errors }) => errors)) this.#say(error)
    return ended.flatMap(({ results }) => hookResultLines(results, { all: false, quiet: true }))
  }

  /** Once, however often it is tried. */
  #say(error: AppError): void {
    if (this.#said.has(error.message)) return
    this.#said.add(error.message)
    this.#parts.report({ type: 'hooks-failed', error: toReportedError(error) })
  }
}
