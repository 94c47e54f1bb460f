import { changePoint } from './change-point.ts'
import { ownLoop } from './lane-states.ts'
import { thinkMicros } from './latency.ts'
import type { CommandRecord, RunProfile, StateSums } from './run-profile.ts'
import { simulate } from './simulate.ts'

/** What a run suffered from. */
export type Cause =
  | 'latency'
  | 'bandwidth'
  | 'connecting'
  | 'pool'
  | 'backoff'
  | 'throttled'
  | 'writer'
  | 'indexer'
  | 'cpu'
  | 'none'

export interface Finding {
  readonly cause: Cause
  /** Of the elapsed time; 0 to 1. */
  readonly share: number
  /** Where most of it was. Empty: in no one place. */
  readonly account: string
  readonly mailbox: string
  readonly command: string
  /** What it is, by number, and what to do. */
  readonly sentence: string
}

/** A cause that took less of the time is not named. */
const leastShare = 0.5
/** A run that takes less is not slow, whatever it waits for: microseconds. */
const quickMicros = 1_000_000

const statesOf: Readonly<Record<Exclude<Cause, 'throttled' | 'none'>, readonly string[]>> = {
  latency: ['wait: first byte'],
  bandwidth: ['wait: transfer'],
  connecting: ['wait: connect', 'wait: tls', 'wait: auth'],
  pool: ['wait: connection pool'],
  backoff: ['wait: backoff'],
  writer: ['wait: writer'],
  indexer: ['wait: indexer'],
  cpu: ['cpu: parse', ownLoop],
}

/** What a run suffered from, the most important first; never empty. */
export function diagnose(run: RunProfile): readonly Finding[] {
  const { elapsedMicros } = run
  const throttling = throttlingOf(run)
  const found = throttling === undefined ? [] : [throttling]
  for (const [cause, states] of causes()) {
    const share = shareOf(run, cause, states)
    if (share < leastShare) continue
    // The change says it better.
    if (throttling !== undefined && (cause === 'latency' || cause === 'bandwidth')) continue
    found.push({ cause, share, ...placeOf(run.sums, states), sentence: sentenceFor(run, { cause, states, share }) })
  }
  if (found.length > 0 && (elapsedMicros >= quickMicros || throttling !== undefined)) return found
  return [{ cause: 'none', share: 0, account: '', mailbox: '', command: '', sentence: healthy(run) }]
}

function causes(): readonly (readonly [Exclude<Cause, 'throttled' | 'none'>, readonly string[]])[] {
  return [
    ['latency', statesOf.latency],
    ['bandwidth', statesOf.bandwidth],
    ['connecting', statesOf.connecting],
    ['pool', statesOf.pool],
    ['backoff', statesOf.backoff],
    ['writer', statesOf.writer],
    ['indexer', statesOf.indexer],
    ['cpu', statesOf.cpu],
  ]
}

/** Time in which nobody waits or computes is the writer's, as far as it was busy: the engine awaits what it commits. */
function shareOf(run: RunProfile, cause: Cause, states: readonly string[]): number {
  let micros = 0
  for (const { blameMicros } of run.sums) for (const state of states) micros += blameMicros[state] ?? 0
  if (cause === 'writer') micros += Math.min(run.unblamedMicros, writerMicros(run))
  return run.elapsedMicros > 0 ? micros / run.elapsedMicros : 0
}

function writerMicros({ writer }: RunProfile): number {
  return writer.reduce((sum, { hash, compress, sqlite, commit }) => sum + hash + compress + sqlite + commit, 0)
}

interface Place {
  readonly account: string
  readonly mailbox: string
  readonly command: string
}

function placeOf(sums: readonly StateSums[], states: readonly string[]): Place {
  const blameOf = ({ blameMicros }: StateSums): number =>
    states.reduce((sum, state) => sum + (blameMicros[state] ?? 0), 0)
  const [most] = sums.toSorted((one, other) => blameOf(other) - blameOf(one))
  const { account = '', mailbox = '', command = '' } = most !== undefined && blameOf(most) > 0 ? most : {}
  return { account, mailbox, command }
}

const nameOf = ({ account, mailbox, command }: Place): string =>
  [account, mailbox, command].filter((name) => name !== '').join(' / ')

interface Cut {
  readonly cause: Exclude<Cause, 'throttled' | 'none'>
  readonly states: readonly string[]
  readonly share: number
}

function sentenceFor(run: RunProfile, { cause, states, share }: Cut): string {
  const place = placeOf(run.sums, states)
  const where = nameOf(place)
  const percent = `${Math.round(share * 100)} % of the time`
  const commands = run.commands.filter(({ name }) => place.command === '' || name === place.command)
  switch (cause) {
    case 'latency':
      return `${percent} waiting for the first octet of ${where}: median ${milliseconds(median(commands.map(thinkMicros)))} per command. ${moreConnections(run, 'faster at best')}`
    case 'bandwidth':
      return `${percent} receiving ${where}: ${rateText(commands)} per connection. ${moreConnections(run, 'faster if the limit is for each connection')}`
    case 'connecting':
      return `${percent} making connections to the server of ${where}. If that is always so, look at the network and at the server's log.`
    case 'pool':
      return `${percent} waiting for one of the allowed connections (${where}). Raise \`connections\` in the config, if the server bears more.`
    case 'backoff':
      return `${percent} waiting because the server of ${where} asked for it, or was not there. Sync less often, or with fewer \`connections\`.`
    case 'writer':
      return `${percent} waiting for the store: ${writerText(run)}. ${writerAdvice(run)}`
    case 'indexer':
      return `${percent} putting messages into the index for searching. \`sync --no-index\` leaves that for later: \`reindex --pending\`, or another sync.`
    case 'cpu':
      return `${percent} is our own CPU, mostly ${where}${heldUpText(run)}. Fewer connections will not make it slower.`
  }
}

function moreConnections(run: RunProfile, how: string): string {
  const twice = Math.max(2, run.lanes * 2)
  const gain =
    simulate(run.commands, { connections: Math.max(1, run.lanes) }) / simulate(run.commands, { connections: twice })
  if (!Number.isFinite(gain) || gain < 1.1)
    return 'More connections would not help: the commands follow from each other.'
  return `${twice} connections would be ${gain.toFixed(1)} times ${how}.`
}

function rateText(commands: readonly CommandRecord[]): string {
  const rates = commands
    .filter(({ firstAt, endedAt, receivedOctets }) => endedAt > firstAt && receivedOctets > 10_000)
    .map(
      ({ firstAt, endedAt, receivedOctets, cpuMicros, writerMicros: held }) =>
        receivedOctets / Math.max(1, endedAt - firstAt - cpuMicros - held),
    )
  const perSecond = median(rates) * 1e6
  return perSecond >= 1e6 ? `${(perSecond / 1e6).toFixed(1)} MB/s` : `${Math.round(perSecond / 1000)} kB/s`
}

function writerText({ writer }: RunProfile): string {
  const sum = (part: 'hash' | 'compress' | 'sqlite' | 'commit'): number =>
    writer.reduce((total, one) => total + one[part], 0)
  return `committing ${milliseconds(sum('commit'))}, writing ${milliseconds(sum('sqlite'))}, hashing and compressing ${milliseconds(sum('hash') + sum('compress'))}`
}

function writerAdvice(run: RunProfile): string {
  const commit = run.writer.reduce((total, one) => total + one.commit, 0)
  return commit * 2 > writerMicros(run)
    ? 'The disk takes its time over each commit: put the store on a faster one.'
    : 'A faster disk or CPU would help; more connections would not.'
}

function heldUpText({ heldUp }: RunProfile): string {
  const [most] = heldUp.toSorted((one, other) => other.micros - one.micros)
  if (most === undefined || most.micros < 100_000) return ''
  return `; ${most.by} kept ${most.account} waiting ${(most.micros / 1e6).toFixed(1)} s`
}

/** Commands of one kind, to one account, in the order in which they were sent, that became slower for good. */
function throttlingOf(run: RunProfile): Finding | undefined {
  for (const [key, commands] of Map.groupBy(run.commands, ({ account, name }) => `${account}\\0${name}`)) {
    const sorted = commands.toSorted((one, other) => one.sentAt - other.sentAt)
    const change = changePoint(sorted.map((command) => thinkMicros(command) / 1000))
    const slow = change === undefined ? [] : sorted.slice(change.at)
    const lost = slow.reduce((sum, command) => sum + thinkMicros(command), 0)
    const share = run.elapsedMicros > 0 ? Math.min(1, lost / Math.max(1, run.lanes) / run.elapsedMicros) : 0
    if (change === undefined || share < leastShare / 2 || change.after < 5) continue
    const [account = '', command = ''] = key.split('\\0')
    const times = (change.after / change.before).toFixed(1)
    const sentence = `From command ${change.at + 1} on, the server of ${account} answers ${command} ${times} times slower (${milliseconds(change.before * 1000)}, then ${milliseconds(change.after * 1000)}): it throttles. Sync less often; more connections will not help.`
    return { cause: 'throttled', share, account, mailbox: slow[0]?.mailbox ?? '', command, sentence }
  }
  return undefined
}

function healthy(run: RunProfile): string {
  const took = `The run took ${milliseconds(run.elapsedMicros)}`
  if (run.elapsedMicros < quickMicros) return `${took}: there is nothing to make faster.`
  return `${took}, and no single cause took half of it.`
}

function milliseconds(micros: number): string {
  if (micros >= 10_000_000) return `${Math.round(micros / 1e6)} s`
  if (micros >= 1_000_000) return `${(micros / 1e6).toFixed(1)} s`
  return micros >= 10_000 ? `${Math.round(micros / 1000)} ms` : `${(micros / 1000).toFixed(1)} ms`
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[sorted.length >> 1] ?? 0
}
