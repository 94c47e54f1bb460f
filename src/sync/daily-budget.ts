import { AppError } from '../model/errors.ts'
import type { LaneRecorder } from '../model/lane.ts'
import type { AccountHistory, Clock, MirrorStore } from './ports.ts'

/** A run that is killed has counted all but so much, or a fiftieth of its budget if that is less. */
const stepOctets = 2 ** 22
const hourMs = 60 * 60_000

export interface BudgetParts {
  readonly account: string
  /** Octets in 24 hours; undefined: they are counted all the same. */
  readonly limit: number | undefined
  readonly history: AccountHistory
  readonly store: MirrorStore
  readonly recorder: LaneRecorder
  readonly clock: Clock
}

/** What an account may receive within 24 hours, over all of its runs (F29). Compressed or not, whichever is more counts: the
 *  octets of messages, or those on the wire. */
export class DailyBudget {
  readonly #parts: BudgetParts
  /** Of former runs. */
  readonly #before: number
  /** What the recorder had counted for the account when the run began. */
  readonly #baseline: number
  readonly #startedMs: number
  #messages = 0
  #onWire = 0
  #noted = 0
  #notes: Promise<void> = Promise.resolve()

  constructor(parts: BudgetParts) {
    const { account, history, recorder, clock } = parts
    this.#parts = parts
    this.#before = history.received.reduce((sum, { octets }) => sum + octets, 0)
    this.#startedMs = clock.monotonicMs()
    this.#baseline = recorder.totals(account).receivedOctets
  }

  get isSpent(): boolean {
    const { limit } = this.#parts
    return limit !== undefined && this.#before + this.#received >= limit
  }

  /** A message of so many octets has come. */
  arrived(octets: number): void {
    this.#messages += octets
  }

  /** Keeps count in the store, now and then. */
  note(): void {
    const { limit = Infinity } = this.#parts
    this.#onWire = this.#parts.recorder.totals(this.#parts.account).receivedOctets - this.#baseline
    if (this.#received - this.#noted >= Math.min(stepOctets, limit / 50)) this.#write()
  }

  /** All is counted and durable. Throws what the store threw. */
  async end(): Promise<void> {
    this.note()
    if (this.#received > this.#noted) this.#write()
    await this.#notes
  }

  /** BUDGET_SPENT, and when there is room again. */
  error(): AppError {
    const { account, limit = 0, history, clock } = this.#parts
    const nowMs = history.nowMs + clock.monotonicMs() - this.#startedMs
    // They are counted by the hour.
    const untilMs = (Math.floor(nowMs / hourMs) + 25) * hourMs
    const received = [...history.received, { octets: this.#received, untilMs }]
    const resumesAtMs = roomAgainAtMs(received, limit)
    return new AppError({
      code: 'BUDGET_SPENT',
      message: `could not go on with account ${account}: its budget of ${limit} octets for 24 hours is spent`,
      hint: `what was received is kept, and a run after ${new Date(resumesAtMs).toISOString()} goes on from there; \`budget\` in the config sets another limit`,
      resumesAtMs,
    })
  }

  get #received(): number {
    return Math.max(this.#messages, this.#onWire)
  }

  #write(): void {
    const { account, store } = this.#parts
    const receivedOctets = this.#received - this.#noted
    this.#noted = this.#received
    const note = store.noteHistory(account, { receivedOctets })
    this.#notes = Promise.all([this.#notes, note]).then(() => undefined)
    // `end` throws it; until then it must not count as unhandled.
    this.#notes.catch(() => undefined)
  }
}

/** When enough of what was received no longer counts, in milliseconds since 1970; `received` ascending by `untilMs`. */
function roomAgainAtMs(received: AccountHistory['received'], limit: number): number {
  let sum = received.reduce((total, { octets }) => total + octets, 0)
  for (const { octets, untilMs } of received) {
    sum -= octets
    if (sum < limit) return untilMs
  }
  return received.at(-1)?.untilMs ?? 0
}
