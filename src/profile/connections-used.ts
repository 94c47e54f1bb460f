import type { CommandRecord } from './run-profile.ts'

/** The most connections that worked at once, from the first command of each to its last; 1 at least. Lanes that only waited for leave to
 *  connect are none. */
export function connectionsUsed(commands: readonly CommandRecord[]): number {
  const spans = new Map<number, { from: number; to: number }>()
  for (const { lane, sentAt, endedAt } of commands) {
    const span = spans.get(lane)
    if (span === undefined) spans.set(lane, { from: sentAt, to: endedAt })
    else {
      span.from = Math.min(span.from, sentAt)
      span.to = Math.max(span.to, endedAt)
    }
  }
  const changes = [...spans.values()].flatMap(({ from, to }) => [
    { at: from, change: 1 },
    { at: to, change: -1 },
  ])
  // One that ends where another begins is not beside it.
  changes.sort((one, other) => (one.at === other.at ? one.change - other.change : one.at - other.at))
  let [now, most] = [0, 1]
  for (const { change } of changes) {
    now += change
    most = Math.max(most, now)
  }
  return most
}
