import type { ExitStatus } from '../model/exit-status.ts'
import type { AccountResult, MailboxResult, SyncFinished } from '../sync/events.ts'
import type { ReportedEvent } from '../ui/watch-lines.ts'
import type { MonitoredEnd } from './run-watch.ts'
import { syncExitStatus } from './sync-exit-status.ts'

interface WatchRoundsParts {
  readonly nowMs: () => number
  readonly onRound: (round: MonitoredEnd) => void
}

type Counts = Pick<MailboxResult, 'newMessages' | 'downloadedOctets' | 'flagChanges' | 'removed'>

/** A watch as rounds, each of which is to a monitor what a sync is: it is over when everything of every account has been compared, well or
 *  badly. What was done in between counts. */
export class WatchRounds {
  readonly #parts: WatchRoundsParts
  #startMs: number
  readonly #names = new Set<string>()
  readonly #results = new Map<string, AccountResult>()
  readonly #endsMs = new Map<string, number>()
  /** Accounts that are not watched, since their store could not be had. */
  readonly #leftOut = new Map<string, AccountResult>()
  /** By account and path. */
  readonly #counts = new Map<string, Counts>()

  constructor(parts: WatchRoundsParts) {
    this.#parts = parts
    this.#startMs = parts.nowMs()
  }

  onEvent(event: ReportedEvent): void {
    if (event.type === 'watch-started') for (const name of event.accounts) this.#names.add(name)
    if (event.type === 'config-reloaded') this.#rename(event)
    if (event.type === 'account-state' && !this.#names.has(event.account)) this.#leaveOut(event)
    if (event.type === 'mailbox-finished') this.#count(event.account, event.mailbox)
    if (event.type === 'account-finished') this.#noteEnd(event.account)
  }

  /** Those that are left out now are told after it. */
  #rename({ added, removed }: Extract<ReportedEvent, { type: 'config-reloaded' }>): void {
    this.#leftOut.clear()
    for (const name of added) this.#names.add(name)
    for (const name of removed) this.#names.delete(name)
  }

  #leaveOut({ account: name, state, error }: Extract<ReportedEvent, { type: 'account-state' }>): void {
    if (state !== 'parked' || error === undefined) return
    this.#leftOut.set(name, { name, outcome: 'failed', error, mailboxes: [], roundTrips: 0, receivedOctets: 0 })
  }

  /** As far as it has come. */
  end(status: ExitStatus, code: string | undefined): MonitoredEnd {
    const endMs = this.#parts.nowMs()
    return { status, code, result: undefined, startMs: this.#startMs, endMs, accountEndsMs: new Map(this.#endsMs) }
  }

  #noteEnd(result: AccountResult): void {
    this.#results.set(result.name, result)
    this.#endsMs.set(result.name, this.#parts.nowMs())
    const names = [...this.#names]
    if (names.every((name) => this.#results.has(name))) this.#endRound(names)
  }

  #count(account: string, mailbox: MailboxResult): void {
    const key = keyOf(account, mailbox.path)
    const before = this.#counts.get(key)
    this.#counts.set(key, sumOf(before, mailbox))
  }

  #endRound(names: readonly string[]): void {
    const endMs = this.#parts.nowMs()
    const watched = names.flatMap((name) => this.#results.get(name) ?? []).map((result) => this.#counted(result))
    const accounts = [...watched, ...this.#leftOut.values()]
    const result: SyncFinished = {
      type: 'sync-finished',
      complete: accounts.every(({ outcome }) => outcome === 'complete'),
      durationMs: endMs - this.#startMs,
      accounts,
    }
    const status = syncExitStatus(result, undefined)
    const accountEndsMs = new Map(this.#endsMs)
    this.#parts.onRound({ status, code: undefined, result, startMs: this.#startMs, endMs, accountEndsMs })
    this.#startMs = endMs
    for (const kept of [this.#results, this.#endsMs, this.#counts]) kept.clear()
  }

  #counted(result: AccountResult): AccountResult {
    const mailboxes = result.mailboxes.map((one) => ({ ...one, ...this.#counts.get(keyOf(result.name, one.path)) }))
    return { ...result, mailboxes }
  }
}

const keyOf = (account: string, path: string): string => JSON.stringify([account, path])

const nothing: Counts = { newMessages: 0, downloadedOctets: 0, flagChanges: 0, removed: 0 }

function sumOf(one: Counts = nothing, other: Counts): Counts {
  return {
    newMessages: one.newMessages + other.newMessages,
    downloadedOctets: one.downloadedOctets + other.downloadedOctets,
    flagChanges: one.flagChanges + other.flagChanges,
    removed: one.removed + other.removed,
  }
}
