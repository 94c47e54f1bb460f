import type { Lane, LaneRecorder, LaneState, LaneTotals, WriterCost } from '../model/lane.ts'

/** A recorder that keeps sums only, and also knows the time for which nobody is to blame. */
export interface TotalsRecorder extends LaneRecorder {
  /** Microseconds since the recorder was made. */
  elapsedMicros(): number
  /** Those of them in which no lane waited or computed. With the blame of all accounts they sum to the elapsed ones. */
  unblamedMicros(): number
}

/** Makes a recorder whose every call costs a few additions and allocates nothing (profiler.md §2). `nowMicros` is a clock
 *  that does not go back; should it, time stands still until it has caught up. */
export function createLaneRecorder(nowMicros: () => number): TotalsRecorder {
  return new Recorder(nowMicros)
}

const idle = 0
const waiting = 1
const holding = 2

/** Who takes the blame for a state: nobody, the lanes that wait, or the one that holds the main thread. */
const kinds: Readonly<Record<LaneState, 0 | 1 | 2>> = {
  idle,
  'wait: connection pool': waiting,
  'wait: connect': waiting,
  'wait: tls': waiting,
  'wait: auth': waiting,
  'wait: first byte': waiting,
  'wait: transfer': waiting,
  'wait: writer': waiting,
  'wait: backoff': waiting,
  'cpu: parse': holding,
}

const stateNames = Object.keys(kinds)
const kindByState = Uint8Array.from(Object.values(kinds))
const indexes = new Map(stateNames.map((name, index) => [name, index]))
const idleState = indexOf('idle')
const firstByte = indexOf('wait: first byte')
const transfer = indexOf('wait: transfer')

function indexOf(state: LaneState): number {
  return indexes.get(state) ?? 0
}

/** The one clock, and the blame of every instant as two running integrals: of dt/holders while anybody holds the main
 *  thread, of dt/waiters otherwise. A lane takes the difference of its integral over its time in a state, so that an
 *  event costs the same however many lanes there are. */
class Timeline {
  readonly start: number
  now: number
  unblamed = 0
  heldIntegral = 0
  waitedIntegral = 0
  #holders = 0
  #waiters = 0
  readonly #clock: () => number

  constructor(clock: () => number) {
    this.#clock = clock
    this.start = clock()
    this.now = this.start
  }

  advance(): void {
    const now = Math.max(this.now, this.#clock())
    const passed = now - this.now
    this.now = now
    if (this.#holders > 0) this.heldIntegral += passed / this.#holders
    else if (this.#waiters > 0) this.waitedIntegral += passed / this.#waiters
    else this.unblamed += passed
  }

  integralOf(state: number): number {
    return kindByState[state] === holding ? this.heldIntegral : this.waitedIntegral
  }

  count(state: number, change: 1 | -1): void {
    if (kindByState[state] === holding) this.#holders += change
    else if (kindByState[state] === waiting) this.#waiters += change
  }
}

class AccountSums {
  readonly micros = new Float64Array(stateNames.length)
  readonly blame = new Float64Array(stateNames.length)
  readonly writer = { hash: 0, compress: 0, sqlite: 0, commit: 0 }
  readonly openLanes = new Set<RecordedLane>()
  roundTrips = 0
  receivedOctets = 0
  sentOctets = 0
}

class Recorder implements TotalsRecorder {
  readonly #timeline: Timeline
  readonly #accounts = new Map<string, AccountSums>()

  constructor(clock: () => number) {
    this.#timeline = new Timeline(clock)
  }

  openLane(account: string): Lane {
    return new RecordedLane(this.#sumsOf(account), this.#timeline)
  }

  writerBusy(account: string, cost: WriterCost): void {
    const { writer } = this.#sumsOf(account)
    writer.hash += cost.hashMicros
    writer.compress += cost.compressMicros
    writer.sqlite += cost.sqliteMicros
    writer.commit += cost.commitMicros
  }

  totals(account: string): LaneTotals {
    const sums = this.#sumsOf(account)
    this.#timeline.advance()
    for (const lane of sums.openLanes) lane.settle()
    const { roundTrips, receivedOctets, sentOctets, writer } = sums
    const writerMicros = Object.entries(writer).map(([part, micros]) => [`writer: ${part}`, micros] as const)
    return {
      roundTrips,
      receivedOctets,
      sentOctets,
      microsByState: aboveZero([...byState(sums.micros), ...writerMicros]),
      blameByState: aboveZero(byState(sums.blame)),
    }
  }

  elapsedMicros(): number {
    this.#timeline.advance()
    return this.#timeline.now - this.#timeline.start
  }

  unblamedMicros(): number {
    this.#timeline.advance()
    return this.#timeline.unblamed
  }

  #sumsOf(account: string): AccountSums {
    const known = this.#accounts.get(account)
    if (known !== undefined) return known
    const sums = new AccountSums()
    this.#accounts.set(account, sums)
    return sums
  }
}

class RecordedLane implements Lane {
  readonly #sums: AccountSums
  readonly #timeline: Timeline
  /** What the lane does now. */
  #state = idleState
  /** What it does when no section runs. */
  #resting = idleState
  /** Sections that run within each other. */
  #depth = 0
  #since: number
  #mark: number
  #isOpen = true

  constructor(sums: AccountSums, timeline: Timeline) {
    this.#sums = sums
    this.#timeline = timeline
    timeline.advance()
    this.#since = timeline.now
    this.#mark = timeline.integralOf(idleState)
    sums.openLanes.add(this)
  }

  enter(state: LaneState): void {
    this.#rest(indexOf(state))
  }

  /** Sums are kept by account: which mailbox it was, `mailbox-finished` tells. */
  setMailbox(): void {}

  commandSent(_name: string, octets: number): void {
    if (!this.#isOpen) return
    this.#sums.roundTrips++
    this.#sums.sentOctets += octets
    this.#rest(firstByte)
  }

  /** Octets that come unasked, or while the connection is being made, do not change the state. */
  arrival(octets: number): void {
    if (!this.#isOpen) return
    this.#sums.receivedOctets += octets
    if (this.#resting === firstByte) this.#rest(transfer)
  }

  commandEnded(): void {
    this.#rest(idleState)
  }

  cpu<T>(state: Extract<LaneState, `cpu: ${string}`>, section: () => T): T {
    if (!this.#isOpen) return section()
    const around = this.#state
    this.#depth++
    this.#change(indexOf(state))
    try {
      return section()
    } finally {
      this.#depth--
      this.#change(this.#depth === 0 ? this.#resting : around)
    }
  }

  close(): void {
    if (!this.#isOpen) return
    this.#timeline.advance()
    this.settle()
    this.#timeline.count(this.#state, -1)
    this.#isOpen = false
    this.#sums.openLanes.delete(this)
  }

  /** Adds the time up to now, for which the timeline has been advanced, to the account. */
  settle(): void {
    const { micros, blame } = this.#sums
    const integral = this.#timeline.integralOf(this.#state)
    micros[this.#state] = (micros[this.#state] ?? 0) + this.#timeline.now - this.#since
    if (kindByState[this.#state] !== idle) {
      blame[this.#state] = (blame[this.#state] ?? 0) + integral - this.#mark
    }
    this.#since = this.#timeline.now
    this.#mark = integral
  }

  /** Takes effect when the section that runs has ended. */
  #rest(state: number): void {
    this.#resting = state
    if (this.#depth === 0) this.#change(state)
  }

  #change(state: number): void {
    if (!this.#isOpen || state === this.#state) return
    this.#timeline.advance()
    this.settle()
    this.#timeline.count(this.#state, -1)
    this.#timeline.count(state, 1)
    this.#state = state
    this.#mark = this.#timeline.integralOf(state)
  }
}

function byState(sums: Float64Array): readonly (readonly [string, number])[] {
  return stateNames.map((name, index) => [name, sums[index] ?? 0] as const)
}

function aboveZero(entries: readonly (readonly [string, number])[]): Readonly<Record<string, number>> {
  return Object.fromEntries(entries.filter(([, micros]) => micros > 0))
}
