/** What a connection is doing. It is in exactly one state at each instant; the blame of each is told in `profile`. */
export type LaneState =
  | 'wait: connection pool'
  | 'wait: connect'
  | 'wait: tls'
  | 'wait: auth'
  | 'wait: first byte'
  | 'wait: transfer'
  | 'wait: writer'
  | 'wait: lock'
  | 'wait: backoff'
  | 'wait: indexer'
  | 'cpu: parse'
  | 'idle'

/** One connection's timeline. Cheap enough to be always on: a transition is a few additions. */
export interface Lane {
  /** From now on the lane is in `state`; within a `cpu` section, from its end on. */
  enter(state: LaneState): void
  /** Which mailbox the lane works for; undefined between mailboxes. */
  setMailbox(path: string | undefined): void
  /** A command has been written, of so many octets: one round trip begins, the lane waits for its first byte. `messages`: whose
   *  octets it asks for. */
  commandSent(name: string, octets: number, messages?: number): void
  /** First statement of every data callback: so many octets have come from the server. Whoever waits for the first byte
   *  of a command waits for the rest from now on; no other state changes. */
  arrival(octets: number): void
  /** The command in flight has ended, well or badly; the lane is idle. */
  commandEnded(): void
  /** Runs a synchronous section of the main thread on this lane's account, then goes back to the state before, or to the
   *  one that was entered meanwhile. */
  cpu<T>(state: Extract<LaneState, `cpu: ${string}`>, section: () => T): T
  /** The connection is gone; its time stops, what is called later does not count. */
  close(): void
}

/** What the engine hands its measurements to. The default does nothing; `profile` keeps totals. */
export interface LaneRecorder {
  /** A new lane, which is idle. */
  openLane(account: string): Lane
  /** Runs `work`, and all that it awaits, on the account's behalf. */
  forAccount<T>(account: string, work: () => T): T
  /** The writer thread reports what a batch cost it, in microseconds; an empty account: something else. */
  writerBusy(account: string, cost: WriterCost): void
  /** Another process held the store, and it was waited for. */
  lockWaited(wait: LockWait): void
  /** The server of an account bears no more than so many connections, and more were wanted. */
  ceilingMet(account: string, ceiling: Ceiling): void
  /** A thread of the run has ended. */
  threadEnded(times: ThreadTimes): void
  /** The sums of one account up to now, also of lanes that are open or closed: what a `run` row keeps. */
  totals(account: string): LaneTotals
}

/** Of a batch, or of anything else that the writer was asked for. */
export interface WriterCost {
  readonly hashMicros: number
  readonly compressMicros: number
  readonly sqliteMicros: number
  readonly commitMicros: number
  /** Opening the store, making it where there is none, and closing it. */
  readonly openMicros: number
  /** Transactions; of one that is shared its part. */
  readonly commits: number
}

export const noCost: WriterCost = {
  hashMicros: 0,
  compressMicros: 0,
  sqliteMicros: 0,
  commitMicros: 0,
  openMicros: 0,
  commits: 0,
}

/** What a store tells of itself while it is written to. */
export interface StoreWatch {
  /** What the writer spent on anything but batches, whose cost is told with their outcome. */
  spent(cost: WriterCost): void
  lockWaited(wait: LockWait): void
  /** The writer has ended, which was scheduled like this. */
  threadEnded(times: ThreadTimes): void
}

export interface Ceiling {
  readonly borne: number
  readonly wanted: number
}

/** How a thread was scheduled; microseconds. */
export interface ThreadTimes {
  readonly cpuMicros: number
  /** It could have run, and had no CPU. */
  readonly queueMicros: number
}

/** What Linux says of a thread in `schedstat`: nanoseconds on a CPU, and in the queue for one. undefined: it says nothing. */
export function parseSchedstat(text: string): ThreadTimes | undefined {
  const [, cpu, queue] = /^(\d+) (\d+) /.exec(text) ?? []
  return cpu === undefined ? undefined : { cpuMicros: Number(cpu) / 1000, queueMicros: Number(queue) / 1000 }
}

/** A process that others wait for. */
export interface LockHolder {
  readonly pid: number
  /** The first words of how it was started; empty: not known. */
  readonly program: string
}

/** A wait for what another process holds. */
export interface LockWait {
  /** SQLite's lock for writing, or the one that keeps two syncs of a store apart. */
  readonly lock: 'write' | 'run'
  /** undefined: nobody could tell. */
  readonly holder: LockHolder | undefined
  readonly micros: number
}

export interface LaneTotals {
  readonly roundTrips: number
  readonly receivedOctets: number
  readonly sentOctets: number
  /** Microseconds over all lanes of the account, by state; sums to lanes × wall. Beside them stand `writer: hash`,
   *  `writer: compress`, `writer: sqlite`, `writer: commit` and `writer: open`: time of another thread, which is no part of that sum. */
  readonly microsByState: Readonly<Record<string, number>>
  /** Microseconds of elapsed time for which the account is to blame, by state: all of an instant in which one of its lanes
   *  held the main thread, or its share of one in which nobody did and lanes waited. All accounts sum to the elapsed time
   *  without that in which every lane was idle. Fractions where lanes share. */
  readonly blameByState: Readonly<Record<string, number>>
}
