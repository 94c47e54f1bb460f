import { leastShare } from './finding.ts'
import type { Symptom } from './finding.ts'
import type { CommandRecord, RunProfile } from './run-profile.ts'
import { nameOf, shareOf } from './run-reading.ts'
import { median, sayMicros } from './say-numbers.ts'

/** A server that sends nothing for less time is merely slow: microseconds. */
const leastGap = 3_000_000
/** And no stall is what takes less than so many times what commands of this account usually take. */
const farAbove = 5

/** Single commands in which nothing came for seconds: before the first octet or in their midst. */
export function stalling(run: RunProfile): Symptom | undefined {
  const stalls = stallsOf(run.commands)
  const [longest] = stalls.toSorted((one, other) => other.gapMicros - one.gapMicros)
  if (longest === undefined) return undefined
  const blamed = blamedMicros(run.commands, new Set(stalls))
  const share = shareOf(run, blamed)
  if (share < leastShare) return undefined
  const { account, mailbox, name: command } = longest
  const others = stalls.length === 1 ? '' : `, and ${stalls.length - 1} more like this`
  const sentence = `${Math.round(share * 100)} % of the time the server of ${account} sent nothing at all: ${nameOf({ account, mailbox, command })} stood still for ${sayMicros(longest.gapMicros)} ${whereOf(longest)}${others}. If it is this mailbox each time, tell whoever runs the server; if it changes, look at the network.`
  return {
    cause: 'stalled',
    share,
    account,
    mailbox,
    command,
    sentence,
    pace: 'a server that stood still',
    isIll: true,
    explains: ['latency', 'bandwidth'],
  }
}

function stallsOf(commands: readonly CommandRecord[]): readonly CommandRecord[] {
  const usual = new Map<string, number>()
  for (const [account, own] of Map.groupBy(commands, (one) => one.account)) {
    usual.set(account, median(own.map(({ gapMicros }) => gapMicros)))
  }
  return commands.filter(
    ({ account, gapMicros }) => gapMicros >= Math.max(leastGap, farAbove * (usual.get(account) ?? 0)),
  )
}

function whereOf({ gapAt, sentAt, firstAt }: CommandRecord): string {
  return gapAt < firstAt || firstAt <= sentAt ? 'before its first octet' : 'in its midst'
}

/** Of the elapsed time, that in which a command stood still, and of that only its part where others were under way. */
function blamedMicros(commands: readonly CommandRecord[], stalls: ReadonlySet<CommandRecord>): number {
  const events = commands.flatMap((one) => {
    const isStall = stalls.has(one)
    const [from, to] = isStall ? [one.gapAt, one.gapAt + one.gapMicros] : [one.sentAt, one.endedAt]
    return [
      { at: from, change: 1, isStall },
      { at: to, change: -1, isStall },
    ]
  })
  events.sort((one, other) => one.at - other.at)
  let [still, moving, before, blamed] = [0, 0, 0, 0]
  for (const { at, change, isStall } of events) {
    if (still > 0) blamed += ((at - before) * still) / (still + moving)
    before = at
    if (isStall) still += change
    else moving += change
  }
  return blamed
}
