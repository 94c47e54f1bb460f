import { AppError } from '../model/errors.ts'
import type { Bell } from './bell.ts'
import type { HookResult, OnHookEvent } from './events.ts'
import { nextBatch } from './next-batch.ts'
import type {
  Delivery,
  HookClock,
  DeliveryOutcome,
  HookIndex,
  HookReceiver,
  HookState,
  HookStore,
  LoggedChange,
  WiredHook,
} from './ports.ts'
import { healthy, pauseLeftMs, settleDelivery } from './settle-delivery.ts'

/** So many changes are looked at, and so many told, at a time. */
const pageChanges = 500
const mostChanges = 100
const mostOctets = 1_000_000

/** How often the index is looked at while a change waits for it. */
const indexPollMs = 500
/** Without a query it is only waited for as long as it is likely to come. */
const indexPatienceMs = 30_000

export interface LoopParts {
  readonly store: HookStore
  /** Tells stores apart in the ids of deliveries. */
  readonly storeName: string
  readonly index: HookIndex
  readonly receiver: HookReceiver
  readonly nowMs: () => number
  readonly clock: HookClock
  readonly bell: Bell
  /** Nothing more is to come: how much longer a pause may be waited for, in milliseconds; undefined: more may come. */
  readonly closingMs: () => number | undefined
  /** Fires to begin nothing more. */
  readonly signal: AbortSignal
  /** Fires to break off what is under way. */
  readonly cut: AbortSignal
  /** Whether it fired because there is no more time: then whoever was being told is slow, and is left alone for a while. */
  readonly isLate: () => boolean
  readonly onEvent: OnHookEvent
}

/** After trouble with the store. */
const storePauseMs = 5000

/** What keeps a loop from going on: nothing, or for how long; `Infinity`: until there is news. */
type Step = 'again' | { readonly waitMs: number; readonly isPause: boolean }

const idle: Step = { waitMs: Infinity, isPause: false }

/** Delivers the changes of a store to one hook, in the order of commits. The cursor is moved only when they have arrived, so that each is
 *  delivered at least once, and twice only where a process has died or an outcome stayed unknown. */
export class HookLoop {
  readonly #wired: WiredHook
  readonly #parts: LoopParts
  /** So many are told at once; one by one after a refusal, and more again with each success. */
  #most = mostChanges
  #trouble: AppError | undefined
  #delivered = 0
  #givenUp = 0

  constructor(wired: WiredHook, parts: LoopParts) {
    this.#wired = wired
    this.#parts = parts
  }

  /** Ends when nothing more is to come and all is told, or has to wait longer than that. Throws STORE_* errors that last until then. */
  async run(): Promise<void> {
    const { bell, signal, closingMs } = this.#parts
    while (!signal.aborted) {
      const news = bell.next
      const step = await this.#tryStep()
      if (step === 'again') continue
      const left = closingMs()
      if (left !== undefined && (!step.isPause || step.waitMs > left)) break
      await this.#wait(step.waitMs, news)
    }
    if (this.#trouble !== undefined) throw this.#trouble
  }

  /** A store that is busy or full now may not be later. */
  async #tryStep(): Promise<Step> {
    try {
      const step = await this.#step()
      this.#trouble = undefined
      return step
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      this.#trouble = error
      return { waitMs: storePauseMs, isPause: true }
    }
  }

  async result(): Promise<HookResult> {
    const { store } = this.#parts
    const { name } = this.#wired.hook
    const state = await store.state(name)
    return {
      hook: name,
      delivered: this.#delivered,
      givenUp: this.#givenUp,
      behind: state === undefined ? 0 : (await store.lastSeq()) - state.cursor,
      condition: state?.condition ?? 'ready',
      trouble: state?.lastError,
    }
  }

  async #wait(ms: number, news: Promise<undefined>): Promise<void> {
    const { clock, signal } = this.#parts
    const ringing = new AbortController()
    const woken = AbortSignal.any([signal, ringing.signal])
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true, signal: ringing.signal })
    })
    const waits = [news, aborted, ...(ms === Infinity ? [] : [clock.delay(ms, woken).catch(() => undefined)])]
    await Promise.race(waits)
    ringing.abort()
  }

  async #step(): Promise<Step> {
    const { store, nowMs } = this.#parts
    const { name } = this.#wired.hook
    const state = await store.state(name)
    if (state === undefined) {
      await store.register([name], nowMs())
      return 'again'
    }
    const waitMs = pauseLeftMs(state, nowMs())
    if (waitMs > 0) return { waitMs, isPause: true }
    const letter = (await store.deadLetters()).find(({ hook, isWanted }) => hook === name && isWanted)
    return letter === undefined ? this.#goOn(state) : this.#tryLetter(state, letter.seq)
  }

  async #goOn(state: HookState): Promise<Step> {
    const { store, nowMs, index, closingMs } = this.#parts
    const from = state.cursor
    const page = await store.changesAfter(from, pageChanges)
    const isPatient = ({ change }: LoggedChange): boolean =>
      closingMs() === undefined &&
      change.kind === 'message-added' &&
      Math.abs(nowMs() - Date.parse(change.at)) < indexPatienceMs
    // It may be one of them: a process that tells once an hour would never find out which, if it began with many each time.
    const most = state.failures + state.outages > 0 ? 1 : this.#most
    const batch = nextBatch(page, this.#wired, { index, from, mostChanges: most, isPatient })
    if (batch.changes.length > 0) return this.#deliver(state, batch)
    // While more may come, what the filter passes over is noted a page at a time: each note is a commit.
    const isWorthNoting = page.length === pageChanges || closingMs() !== undefined || batch.waits
    if (batch.upTo > from && isWorthNoting) {
      await store.advance(state.name, { from, to: batch.upTo, atMs: nowMs() })
      return 'again'
    }
    return batch.waits ? this.#awaitIndex(state) : idle
  }

  async #awaitIndex(state: HookState): Promise<Step> {
    if (state.condition !== 'waiting') {
      const lastError = 'the next change is not in the index yet'
      const health = { ...healthy, condition: 'waiting', lastError } as const
      await this.#parts.store.note(state.name, { cursor: state.cursor, atMs: this.#parts.nowMs() }, health)
    }
    return { waitMs: indexPollMs, isPause: false }
  }

  async #deliver(
    state: HookState,
    batch: { readonly changes: readonly LoggedChange[]; readonly upTo: number },
  ): Promise<Step> {
    const { store, nowMs, onEvent } = this.#parts
    const { name, cursor } = state
    const failures = state.failures + state.outages
    const lines = withinOctets(this.#parts.index.lines(batch.changes))
    const told = batch.changes.slice(0, lines.length)
    const lastTold = told.at(-1)?.change.seq ?? cursor
    const upTo = told.length < batch.changes.length ? lastTold : batch.upTo
    const outcome = await this.#attempt(told, lines)
    const attempt = { outcome, changes: told.length, nowMs: nowMs(), chance: this.#parts.clock.random() }
    const settled = settleDelivery(state, attempt)
    if (settled.kind === 'delivered') {
      this.#most = Math.min(mostChanges, Math.max(1, told.length) * 2)
      this.#delivered += told.length
      await store.advance(name, { from: cursor, to: upTo, atMs: nowMs() })
      onEvent({ type: 'changes-delivered', hook: name, failures, changes: told.length, lastSeq: lastTold })
    } else if (settled.kind === 'single-out') this.#most = 1
    else if (settled.kind === 'give-up') {
      this.#givenUp++
      await store.bury(name, { cursor, atMs: nowMs() }, { seq: lastTold, reason: settled.reason })
      onEvent({ type: 'change-given-up', hook: name, seq: lastTold, reason: settled.reason })
    } else if (settled.kind === 'pause') {
      this.#most = state.failures > 0 || isBlaming(outcome) ? 1 : this.#most
      await store.note(name, { cursor, atMs: nowMs() }, settled.health)
      onEvent({ type: 'delivery-failed', hook: name, failures, reason: settled.reason, pausedMs: settled.pausedMs })
    }
    return 'again'
  }

  /** Out of order: what came after it has been told already. */
  async #tryLetter(state: HookState, seq: number): Promise<Step> {
    const { store, nowMs, index, onEvent } = this.#parts
    const { name, cursor } = state
    const changes = await store.changesAfter(seq - 1, 1)
    const outcome = await this.#attempt(changes, index.lines(changes))
    if (outcome.kind === 'delivered') {
      this.#delivered++
      await store.settleLetter(name, seq, { reason: undefined, atMs: nowMs() })
      onEvent({ type: 'changes-delivered', hook: name, failures: 0, changes: 1, lastSeq: seq })
    } else if (outcome.kind === 'refused') {
      await store.settleLetter(name, seq, { reason: outcome.reason, atMs: nowMs() })
      onEvent({ type: 'change-given-up', hook: name, seq, reason: outcome.reason })
    } else {
      const settled = settleDelivery(state, { outcome, changes: 1, nowMs: nowMs(), chance: this.#parts.clock.random() })
      if (settled.kind === 'pause') await store.note(name, { cursor, atMs: nowMs() }, settled.health)
    }
    return 'again'
  }

  async #attempt(changes: readonly LoggedChange[], lines: readonly string[]): Promise<DeliveryOutcome> {
    const { receiver, cut, storeName, isLate } = this.#parts
    const { hook } = this.#wired
    const seqs = changes.map(({ change }) => change.seq)
    const id = [hook.name, storeName, `${seqs.at(0) ?? 0}-${seqs.at(-1) ?? 0}`].map(toIdPart).join('/')
    const delivery: Delivery = { hook, id, lines }
    const outcome = await receiver.deliver(delivery, cut)
    return outcome.kind === 'interrupted' && isLate() ? tooSlow : outcome
  }
}

/** It may be one of the changes: the next attempt is about one alone. */
const isBlaming = (outcome: DeliveryOutcome): boolean =>
  outcome.kind === 'refused' || (outcome.kind === 'unavailable' && outcome.isSuspect === true)

const tooSlow: DeliveryOutcome = { kind: 'unavailable', reason: 'it had not answered when there was no more time' }

/** A name may hold anything; an id is letters, digits and a few marks. */
const toIdPart = (text: string): string => encodeURIComponent(text.toWellFormed())

/** The first one whatever its length. */
function withinOctets(lines: readonly string[]): readonly string[] {
  let octets = 0
  const end = lines.findIndex((line, place) => (octets += line.length) > mostOctets && place > 0)
  return end < 0 ? lines : lines.slice(0, end)
}
