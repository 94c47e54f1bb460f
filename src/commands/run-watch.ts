import type { ExitStatus } from '../model/exit-status.ts'
import type { OnSyncEvent, SyncFinished } from '../sync/events.ts'

/** How a run ended, whichever way. */
export interface MonitoredEnd {
  readonly status: ExitStatus
  /** The code of the error that ended it. */
  readonly code: string | undefined
  /** undefined: it never came to a result. */
  readonly result: SyncFinished | undefined
  readonly startMs: number
  readonly endMs: number
  /** When each account ended. */
  readonly accountEndsMs: ReadonlyMap<string, number>
}

/** Follows a run from its beginning. */
export class RunWatch {
  readonly #nowMs: () => number
  readonly #startMs: number
  readonly #accountEndsMs = new Map<string, number>()
  #result: SyncFinished | undefined

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
    this.#startMs = nowMs()
  }

  readonly onEvent: OnSyncEvent = (event) => {
    if (event.type === 'account-finished') this.#accountEndsMs.set(event.account.name, this.#nowMs())
    if (event.type === 'sync-finished') this.#result = event
  }

  end(status: ExitStatus, code: string | undefined): MonitoredEnd {
    const [startMs, accountEndsMs] = [this.#startMs, this.#accountEndsMs]
    return { status, code, result: this.#result, startMs, endMs: this.#nowMs(), accountEndsMs }
  }
}
