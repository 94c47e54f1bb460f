/** When mailboxes are asked for by STATUS that nobody tells of: often while they change, ever less while they are quiet. */
export class PollSchedule {
  readonly #pace: PollPace
  readonly #entries = new Map<string, { intervalMs: number; atMs: number }>()

  constructor(pace: PollPace) {
    this.#pace = pace
  }

  /** These and no others; those that are new are due at once. */
  follow(names: Iterable<string>, nowMs: number): void {
    const wanted = new Set(names)
    // The first wait is the shortest, whatever is found.
    const intervalMs = this.#pace.shortestMs / 2
    for (const name of this.#entries.keys()) if (!wanted.has(name)) this.#entries.delete(name)
    for (const name of wanted) {
      if (!this.#entries.has(name)) this.#entries.set(name, { intervalMs, atMs: nowMs })
    }
  }

  /** Those that are due, the longest waiting first, and no more than a minute's share. */
  due(nowMs: number): readonly string[] {
    return [...this.#entries]
      .filter(([, { atMs }]) => atMs <= nowMs)
      .toSorted(([, one], [, other]) => one.atMs - other.atMs)
      .slice(0, this.#pace.perMinute)
      .map(([name]) => name)
  }

  /** It was asked for. */
  asked(name: string, hasChanged: boolean, nowMs: number): void {
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    const { shortestMs, longestMs } = this.#pace
    entry.intervalMs = hasChanged ? shortestMs : Math.min(longestMs, entry.intervalMs * 2)
    entry.atMs = nowMs + entry.intervalMs
  }

  /** How long until one is due; what was more than a minute's share waits for the next. */
  waitMs(nowMs: number): number {
    let earliest = Infinity
    for (const { atMs } of this.#entries.values()) earliest = Math.min(earliest, atMs)
    return Math.max(0, earliest - nowMs)
  }
}

export interface PollPace {
  readonly shortestMs: number
  readonly longestMs: number
  readonly perMinute: number
}
