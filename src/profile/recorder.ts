import type {
  Ceiling,
  Lane,
  LaneRecorder,
  LaneState,
  LaneTotals,
  LockWait,
  ThreadTimes,
  WriterCost,
} from '../model/lane.ts'
import { Circumstances } from './circumstances.ts'
import { CommandLog, RunningCommand } from './command-log.ts'
import {
  firstByte,
  idle,
  idleState,
  indexOf,
  kindByState,
  ownLoopState,
  stateNames,
  transfer,
  writerState,
} from './lane-states.ts'
import { LoopSleep } from './loop-sleep.ts'
import { AccountSums, aboveZero, byState, toHeldUp, toStateSums } from './account-sums.ts'
import type { LaneLabels, LaneNow, Place } from './account-sums.ts'
import { cleanName } from './run-profile.ts'
import type { RunProfile } from './run-profile.ts'
import type { ScheduleReading } from './schedule.ts'
import { Timeline } from './timeline.ts'

/** A recorder that keeps sums and the latest commands, and also knows the time for which nobody is to blame. */
export interface RunRecorder extends LaneRecorder {
  /** Microseconds since the recorder was made. */
  elapsedMicros(): number
  /** Those of them in which no lane waited or computed. With the blame of all accounts they sum to the elapsed ones. */
  unblamedMicros(): number
  /** All that is known of the run up to now. */
  profile(): RunProfile
  /** What the open lanes do at this moment. Changes nothing, so that it may be asked in the middle of anything. */
  lanesNow(): readonly LaneNow[]
}

/** Makes a recorder whose every call costs a few additions and allocates nothing (profiler.md §2). `nowMicros` is a clock
 *  that does not go back; should it, time stands still until it has caught up. `sleptMs`: for how long the event loop has waited for
 *  something to happen, of all the time that the process has run; without it no wait is our own loop's. */
export function createLaneRecorder(
  nowMicros: () => number,
  sleptMs: () => number = () => Infinity,
  surroundings: RecorderSurroundings = {},
): RunRecorder {
  return new Recorder(nowMicros, new LoopSleep(sleptMs), surroundings)
}

/** What else a recorder may be told or tells. */
export interface RecorderSurroundings {
  /** How the process has been scheduled. */
  readonly schedule?: () => ScheduleReading | undefined
  readonly labels?: LaneLabels | undefined
}

class Recorder implements RunRecorder {
  readonly #timeline: Timeline
  readonly #sleep: LoopSleep
  readonly #accounts = new Map<string, AccountSums>()
  readonly #log = new CommandLog()
  readonly #around: Circumstances
  #lastLane = 0
  #mostLanes = 0

  readonly #labels: LaneLabels | undefined

  constructor(clock: () => number, sleep: LoopSleep, { schedule, labels }: RecorderSurroundings) {
    this.#around = new Circumstances(schedule ?? (() => undefined))
    this.#timeline = new Timeline(clock)
    this.#sleep = sleep
    this.#labels = labels
  }

  forAccount<T>(account: string, work: () => T): T {
    return this.#labels === undefined ? work() : this.#labels.within(cleanName(account), work)
  }

  openLane(account: string): Lane {
    const number = ++this.#lastLane
    const lane = new RecordedLane({
      number,
      sums: this.#sumsOf(account),
      timeline: this.#timeline,
      sleep: this.#sleep,
      log: this.#log,
      labels: this.#labels,
    })
    let open = 0
    for (const { openLanes } of this.#accounts.values()) open += openLanes.size
    this.#mostLanes = Math.max(this.#mostLanes, open)
    return lane
  }

  writerBusy(account: string, cost: WriterCost): void {
    const { writer } = this.#sumsOf(account)
    writer.hash += cost.hashMicros
    writer.compress += cost.compressMicros
    writer.sqlite += cost.sqliteMicros
    writer.commit += cost.commitMicros
    writer.open += cost.openMicros
    writer.commits += cost.commits
  }

  lockWaited(wait: LockWait): void {
    this.#around.lockWaited(wait)
  }

  totals(account: string): LaneTotals {
    const sums = this.#sumsOf(account)
    this.#timeline.advance()
    for (const lane of sums.openLanes) lane.settle()
    const { roundTrips, receivedOctets, sentOctets } = sums
    const { commits: _, ...writer } = sums.writer
    const writerMicros = Object.entries(writer).map(([part, micros]) => [`writer: ${part}`, micros] as const)
    return {
      roundTrips,
      receivedOctets,
      sentOctets,
      microsByState: aboveZero([...byState(sums.micros), ...writerMicros]),
      blameByState: aboveZero(byState(sums.blame)),
    }
  }

  profile(): RunProfile {
    const elapsedMicros = this.elapsedMicros()
    const accounts = [...this.#accounts.values()]
    for (const { openLanes } of accounts) for (const lane of openLanes) lane.settle()
    return {
      elapsedMicros,
      unblamedMicros: this.#timeline.unblamed,
      lanes: this.#mostLanes,
      sums: accounts.flatMap(toStateSums),
      heldUp: accounts.flatMap(toHeldUp),
      writer: accounts.map(({ name, writer }) => ({ account: cleanName(name), ...writer })),
      locks: this.#around.locks,
      ceilings: this.#around.ceilings,
      schedule: this.#around.scheduleUntilNow(elapsedMicros),
      commands: this.#log.commands,
      forgottenCommands: this.#log.forgotten,
    }
  }

  lanesNow(): readonly LaneNow[] {
    return [...this.#accounts.values()].flatMap(({ openLanes }) => [...openLanes].map((lane) => lane.atThisMoment()))
  }

  ceilingMet(account: string, ceiling: Ceiling): void {
    this.#around.ceilingMet(account, ceiling)
  }

  threadEnded(times: ThreadTimes): void {
    this.#around.threadEnded(times)
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
    const sums = new AccountSums(account, this.#labels)
    this.#accounts.set(account, sums)
    return sums
  }
}

interface LaneParts {
  readonly number: number
  readonly sums: AccountSums
  readonly timeline: Timeline
  readonly sleep: LoopSleep
  readonly log: CommandLog
  readonly labels: LaneLabels | undefined
}

class RecordedLane implements Lane {
  readonly #number: number
  readonly #sums: AccountSums
  readonly #timeline: Timeline
  readonly #sleep: LoopSleep
  readonly #log: CommandLog
  readonly #labels: LaneLabels | undefined
  #mailbox = ''
  #place: Place
  #command: RunningCommand | undefined
  /** What the lane does now. */
  #state = idleState
  /** What it does when no section runs. */
  #resting = idleState
  /** Sections that run within each other. */
  #depth = 0
  #since: number
  #mark: number
  #isOpen = true

  constructor({ number, sums, timeline, sleep, log, labels }: LaneParts) {
    this.#number = number
    this.#sums = sums
    this.#timeline = timeline
    this.#sleep = sleep
    this.#log = log
    this.#labels = labels
    this.#place = sums.placeOf('', '')
    timeline.advance()
    this.#since = timeline.now
    this.#mark = timeline.integralOf(idleState)
    sums.openLanes.add(this)
  }

  enter(state: LaneState): void {
    this.#rest(indexOf(state))
  }

  setMailbox(path: string | undefined): void {
    this.#mailbox = path === undefined ? '' : cleanName(path)
    if (this.#command !== undefined) this.#command.mailbox = this.#mailbox
  }

  commandSent(name: string, octets: number, messages = 0): void {
    if (!this.#isOpen) return
    this.#sums.roundTrips++
    this.#sums.sentOctets += octets
    this.#goTo(name)
    const { now, start } = this.#timeline
    const about = { lane: this.#number, account: cleanName(this.#sums.name), mailbox: this.#mailbox, name, messages }
    this.#command = new RunningCommand({ ...about, sentAt: now - start, sentOctets: octets })
    this.#rest(firstByte)
  }

  /** Octets that come unasked, or while the connection is being made, do not change the state. */
  arrival(octets: number): void {
    if (!this.#isOpen) return
    this.#sums.receivedOctets += octets
    const isWaiting = this.#state === firstByte || this.#state === transfer
    if (isWaiting) this.#takeQueued()
    this.#command?.arrival(this.#timeline.now - this.#timeline.start, octets)
    if (this.#resting === firstByte) this.#rest(transfer)
  }

  commandEnded(): void {
    this.#rest(idleState)
    const command = this.#command
    if (command === undefined) return
    this.#timeline.advance()
    this.#log.add(command.end(this.#timeline.now - this.#timeline.start))
    this.#command = undefined
    this.#goTo('')
  }

  cpu<T>(state: Extract<LaneState, `cpu: ${string}`>, section: () => T): T {
    if (!this.#isOpen) return section()
    const around = this.#state
    this.#labels?.set(this.#place.label)
    this.#depth++
    this.#change(indexOf(state))
    const begun = this.#timeline.now
    if (this.#depth === 1) this.#sleep.sectionBegins(begun)
    try {
      return section()
    } finally {
      this.#depth--
      this.#change(this.#depth === 0 ? this.#resting : around)
      if (this.#depth === 0) {
        this.#command?.spent('cpuMicros', this.#timeline.now - begun)
        this.#sleep.sectionEnded(this.#sums.name)
      }
    }
  }

  atThisMoment(): LaneNow {
    const { mailbox, command } = this.#place
    const micros = Math.max(0, this.#timeline.reading() - this.#since)
    const where = { lane: this.#number, account: cleanName(this.#sums.name), mailbox, command }
    return { ...where, state: stateNames[this.#state] ?? '', micros }
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
    const integral = this.#timeline.integralOf(this.#state)
    const micros = this.#timeline.now - this.#since
    const blame = kindByState[this.#state] === idle ? 0 : integral - this.#mark
    this.#sums.add(this.#state, micros, blame)
    this.#place.add(this.#state, micros, blame)
    if (this.#state === writerState) this.#command?.spent('writerMicros', micros)
    this.#since = this.#timeline.now
    this.#mark = integral
  }

  /** What came may have lain there since our own loop began to be busy: that part of the wait is not the server's. */
  #takeQueued(): void {
    this.#timeline.advance()
    const busy = this.#sleep.busyStretch()
    const waited = this.#timeline.now - this.#since
    this.settle()
    if (busy === undefined) return
    const queued = Math.min(waited, this.#timeline.now - busy.since)
    for (const sums of [this.#sums, this.#place]) sums.move(this.#state, ownLoopState, queued)
    this.#command?.spent('queuedMicros', queued)
    if (busy.account === this.#sums.name) return
    const { heldBy } = this.#sums
    heldBy.set(busy.account, (heldBy.get(busy.account) ?? 0) + queued)
  }

  /** Time up to now belongs to the command before. */
  #goTo(command: string): void {
    this.#timeline.advance()
    this.settle()
    this.#place = this.#sums.placeOf(this.#mailbox, command)
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
