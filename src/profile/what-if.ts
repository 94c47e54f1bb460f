import { connectionsUsed } from './connections-used.ts'
import { transferMicros } from './replayed-turns.ts'
import type { CommandRecord, RunProfile } from './run-profile.ts'
import { simulate } from './simulate.ts'

/** Another run, with another number of connections: it tells whether a link is each connection's own or shared. */
export interface Probe {
  readonly id: number
  readonly profile: RunProfile
}

export interface WhatIfQuestion {
  readonly connections: number
  /** Messages to a command; undefined: as it was. */
  readonly batch: number | undefined
  readonly probes: readonly Probe[]
}

/** Microseconds. */
export interface Prediction {
  /** How many the run had. */
  readonly used: number
  /** Replayed with as many as it had, which tells how far a replay is to be trusted. */
  readonly now: number
  /** If each connection has what it had; if all share what they had together. The same where it is known which. */
  readonly best: number
  readonly worst: number
  /** What decided between the two. */
  readonly probe: { readonly id: number; readonly connections: number; readonly isShared: boolean } | undefined
}

/** What makes a rate worth comparing: octets. */
const leastOctets = 20_000
/** A connection that has so much of what it had with fewer beside it has a link of its own. */
const ownPart = 0.8

const connectStates = ['wait: connect', 'wait: tls', 'wait: auth']

/** How long a run would take with other connections and batches. Logins and lists come first, and what a replay does not explain of the run,
 *  the store among it, stays as it was. */
export function predict(run: RunProfile, { connections, batch, probes }: WhatIfQuestion): Prediction {
  const used = connectionsUsed(run.commands)
  const lateMicros = loginMicros(run)
  const played = run.commands.filter(({ mailbox }) => mailbox !== '')
  const now = simulate(played, { connections: used, lateMicros })
  const rest = Math.max(0, run.elapsedMicros - now)
  const asked = batch === undefined ? played : inBatches(played, batch)
  const replay = (rates: { readonly totalRate?: number; readonly ownRate?: number }): number =>
    rest + simulate(asked, { connections, lateMicros, ...rates })
  const probe = probes.find(({ profile }) => tells(run, profile))
  if (probe === undefined) {
    const best = replay({})
    const worst = Math.max(best, replay({ totalRate: totalRate(played) }))
    return { used, now, best, worst, probe: undefined }
  }
  const [few, many] = [run.commands, probe.profile.commands].toSorted(
    (one, other) => connectionsUsed(one) - connectionsUsed(other),
  )
  const ownRate = rateOf(few ?? [])
  const isShared = rateOf(many ?? []) < ownPart * ownRate
  const time = isShared ? replay({ ownRate, totalRate: totalRate(many ?? []) }) : replay({})
  return { used, now, best: time, worst: time, probe: { id: probe.id, connections: connectionsUsed(probe.profile.commands), isShared } } // prettier-ignore
}

/** Whether another run received enough, with more connections or fewer. */
function tells(run: RunProfile, other: RunProfile): boolean {
  if (connectionsUsed(run.commands) === connectionsUsed(other.commands)) return false
  return [run, other].every(({ commands }) => large(commands).length > 0)
}

const large = (commands: readonly CommandRecord[]): readonly CommandRecord[] =>
  commands.filter(({ receivedOctets }) => receivedOctets >= leastOctets)

/** Of one connection while it receives; octets per microsecond. */
function rateOf(commands: readonly CommandRecord[]): number {
  const some = large(commands)
  const octets = some.reduce((sum, one) => sum + one.receivedOctets, 0)
  return octets / Math.max(1, some.reduce((sum, one) => sum + transferMicros(one), 0)) // prettier-ignore
}

/** Of all connections while any of them receives. */
function totalRate(commands: readonly CommandRecord[]): number {
  const spans = commands.map(({ firstAt, endedAt }) => [firstAt, endedAt] as const)
  spans.sort(([one], [other]) => one - other)
  let [receiving, until] = [0, 0]
  for (const [from, to] of spans) {
    receiving += Math.max(0, to - Math.max(from, until))
    until = Math.max(until, to)
  }
  const octets = commands.reduce((sum, one) => sum + one.receivedOctets, 0)
  return octets / Math.max(1, receiving)
}

/** What a login takes, by the connections that were made. */
function loginMicros({ sums, commands }: RunProfile): number {
  const lanes = new Set(commands.map(({ lane }) => lane)).size
  let micros = 0
  for (const { laneMicros } of sums) for (const state of connectStates) micros += laneMicros[state] ?? 0
  return micros / Math.max(1, lanes)
}

/** The messages of each mailbox in commands of so many: each waits for its first octet as those before did. */
function inBatches(commands: readonly CommandRecord[], batch: number): readonly CommandRecord[] {
  const groups = Map.groupBy(commands, ({ account, mailbox, messages }) =>
    messages > 0 ? JSON.stringify([account, mailbox]) : '',
  )
  return [...groups].flatMap(([key, own]) => (key === '' ? own : dividedAnew(own, batch)))
}

function dividedAnew(commands: readonly CommandRecord[], batch: number): readonly CommandRecord[] {
  const [first] = commands
  if (first === undefined) return []
  const sum = (part: (one: CommandRecord) => number): number => commands.reduce((total, one) => total + part(one), 0)
  const messages = sum((one) => one.messages)
  const count = Math.ceil(messages / batch)
  const think = sum(({ firstAt, sentAt, queuedMicros }) => firstAt - sentAt - queuedMicros) / commands.length
  const firstAt = first.sentAt + Math.max(0, think)
  const divided: CommandRecord = {
    ...first,
    messages: messages / count,
    firstAt,
    endedAt: firstAt + sum((one) => one.endedAt - one.firstAt) / count,
    queuedMicros: 0,
    cpuMicros: sum((one) => one.cpuMicros) / count,
    writerMicros: sum((one) => one.writerMicros) / count,
    receivedOctets: sum((one) => one.receivedOctets) / count,
  }
  return Array.from({ length: count }, () => divided)
}
