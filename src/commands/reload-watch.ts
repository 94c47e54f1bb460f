import type { Account, Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { Bell } from '../sync/bell.ts'
import { toReportedError } from '../sync/events.ts'
import type { OnWatchEvent } from '../sync/watch-events.ts'
import type { Watch } from '../sync/watch.ts'
import type { CommandContext } from './context.ts'
import { selectAccounts } from './select-accounts.ts'
import type { WatchedStores } from './watched-stores.ts'

/** The accounts that a watch follows. */
export interface Followable {
  config: Config
  accounts: readonly Account[]
}

export interface ReloadingParts {
  readonly context: CommandContext
  readonly selects: readonly string[]
  readonly stores: WatchedStores
  readonly watch: Watch
  /** Is changed. */
  readonly current: Followable
  readonly onEvent: OnWatchEvent
  readonly onBegin: () => void
  /** Well or badly. */
  readonly onEnd: () => void
}

/** Stores that somebody else held, a sync say, are asked for again so often. */
const againMs = 10_000

/** Brings a watch to what its config says now, one reload after the other. */
export class WatchReloading {
  readonly #parts: ReloadingParts
  #turn: Promise<void> = Promise.resolve()

  constructor(parts: ReloadingParts) {
    this.#parts = parts
  }

  /** Reads the config anew. */
  reload(): void {
    this.#next(async () => {
      const { context, selects, onBegin, onEnd, onEvent } = this.#parts
      onBegin()
      try {
        const renewed = await context.loadConfig()
        await this.#follow(renewed, selectAccounts(renewed, selects).accounts)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        onEvent({ type: 'reload-failed', error: toReportedError(error) })
      }
      onEnd()
    })
  }

  /** Until the signal fires: takes in accounts whose stores can be had now. */
  async retryStores(signal: AbortSignal): Promise<void> {
    const { context, stores, current } = this.#parts
    const bell = new Bell(context.clock, signal)
    for (;;) {
      await bell.wait(againMs)
      if (bell.isOver()) return
      if (stores.refused.length > 0) {
        this.#next(async () => {
          const open = stores.open.size
          const accounts = await stores.add(current.config, [...current.accounts, ...stores.refused])
          if (stores.open.size > open) await this.#settle(current.config, accounts)
        })
      }
      await this.#turn
    }
  }

  /** All that was asked for is done. Throws bugs, and what a store threw. */
  async finish(): Promise<void> {
    await this.#turn
  }

  async #follow(config: Config, accounts: readonly Account[]): Promise<void> {
    await this.#settle(config, await this.#parts.stores.add(config, accounts))
  }

  async #settle(config: Config, accounts: readonly Account[]): Promise<void> {
    const { stores, watch, current } = this.#parts
    current.accounts = accounts
    current.config = config
    await watch.reload(accounts, config)
    await stores.settle(accounts)
  }

  #next(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(work)
  }
}
