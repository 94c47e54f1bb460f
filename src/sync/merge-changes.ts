/** What has an instant, ISO 8601 in UTC. */
interface Dated {
  readonly at: string
}

/** The change logs of several stores as one, by time; each keeps its own order. Reads one row ahead of each. */
export function* mergeChanges<C extends Dated>(logs: readonly Iterable<C>[]): Generator<C, undefined> {
  const heads: { readonly log: Iterator<C>; change: C }[] = []
  const all = logs.map((log) => log[Symbol.iterator]())
  try {
    for (const log of all) {
      const first = log.next()
      if (first.done !== true) heads.push({ log, change: first.value })
    }
    while (heads.length > 0) {
      const head = heads.reduce((earliest, other) => (other.change.at < earliest.change.at ? other : earliest))
      yield head.change
      const next = head.log.next()
      if (next.done === true) heads.splice(heads.indexOf(head), 1)
      else head.change = next.value
    }
  } finally {
    // Whoever stops early leaves no statement open.
    for (const log of all) log.return?.()
  }
  return undefined
}
