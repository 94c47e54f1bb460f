/** What is embedded in the page. Names are indexes of `names`: the same function stands in thousands of stacks. */
export interface FlameData {
  readonly elapsedMicros: number
  readonly names: readonly string[]
  /** Thread, account, mailbox, command, then the frames from the root on. */
  readonly stacks: readonly (readonly number[])[]
  /** Stack, at, micros, before. */
  readonly samples: readonly SampleRow[]
  /** Whether `before` says anything. */
  readonly isCompared: boolean
  readonly lanes: readonly LaneRow[]
}

export type SampleRow = readonly [stack: number, at: number, micros: number, before: number]

export interface LaneRow {
  readonly name: number
  readonly account: number
  readonly slices: readonly SliceRow[]
}

export type SliceRow = readonly [
  name: number,
  mailbox: number,
  sentAt: number,
  firstAt: number,
  endedAt: number,
  receivedOctets: number,
]

/** The page and its script are made by the same build: that it is ours at all is what can be wrong. */
export function isFlameData(value: unknown): value is FlameData {
  return typeof value === 'object' && value !== null && 'stacks' in value && 'samples' in value && 'lanes' in value
}
