import { changePoint } from './change-point.ts'
import { leastShare } from './finding.ts'
import type { Symptom } from './finding.ts'
import { thinkMicros } from './latency.ts'
import type { RunProfile } from './run-profile.ts'
import { shareOf } from './run-reading.ts'
import { sayMicros } from './say-numbers.ts'

/** What took less before it became slower is noise: milliseconds. */
const leastAfterMs = 5

/** Commands of one kind, to one account, in the order in which they were sent, that became slower for good. */
export function throttling(run: RunProfile): Symptom | undefined {
  for (const commands of Map.groupBy(run.commands, ({ account, name }) => JSON.stringify([account, name])).values()) {
    const sorted = commands.toSorted((one, other) => one.sentAt - other.sentAt)
    const change = changePoint(sorted.map((command) => thinkMicros(command) / 1000))
    const slow = change === undefined ? [] : sorted.slice(change.at)
    const lost = slow.reduce((sum, command) => sum + thinkMicros(command), 0)
    const share = shareOf(run, lost / Math.max(1, run.lanes))
    const [first] = slow
    if (change === undefined || first === undefined || share < leastShare / 2 || change.after < leastAfterMs) continue
    const { account, mailbox, name: command } = first
    const times = (change.after / change.before).toFixed(1)
    const levels = `${sayMicros(change.before * 1000)}, then ${sayMicros(change.after * 1000)}`
    const sentence = `From command ${change.at + 1} on, the server of ${account} answers ${command} ${times} times slower (${levels}): it throttles. Sync less often; more connections will not help.`
    const pace = `a server that throttles`
    return { cause: 'throttled', share, account, mailbox, command, sentence, pace, isIll: true, explains: ['latency', 'bandwidth'] } // prettier-ignore
  }
  return undefined
}
