/** What stands in the page. Instants and times are microseconds; instants since the run began. */
export interface FlamePage {
  /** `run 12: sync work` */
  readonly title: string
  /** The diagnosis; the first one is the headline. */
  readonly sentences: readonly string[]
  readonly elapsedMicros: number
  readonly stacks: readonly FlameStack[]
  readonly samples: readonly FlameSample[]
  readonly lanes: readonly FlameLane[]
  /** At the end: what the profiler itself cost, and the like. */
  readonly footnotes: readonly string[]
}

export interface FlameStack {
  /** `main`, `writer`, `indexer`, `parser` */
  readonly thread: string
  /** Empty: nobody's. Mailbox and command likewise. */
  readonly account: string
  readonly mailbox: string
  readonly command: string
  /** From the root on: `fetchMessages imap/fetch-messages.ts:21`, `(idle)`, `(garbage collector)`. */
  readonly frames: readonly string[]
}

export interface FlameSample {
  /** Its index. */
  readonly stack: number
  /** When it was taken, or when the bucket began of which these are the sum. */
  readonly at: number
  readonly micros: number
  /** In the run that this one is compared with; absent: it is compared with none. */
  readonly before?: number
}

/** A connection. */
export interface FlameLane {
  /** `ada #1` */
  readonly name: string
  readonly account: string
  readonly slices: readonly {
    readonly name: string
    readonly mailbox: string
    readonly sentAt: number
    readonly firstAt: number
    readonly endedAt: number
    readonly receivedOctets: number
  }[]
}
