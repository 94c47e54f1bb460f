import { diagnose } from './diagnose.ts'
import type { Finding } from './finding.ts'
import type { CommandRecord, HeldUp, LockSums, RunProfile, StateSums, WriterSums } from './run-profile.ts'
import type { Schedule } from './schedule.ts'

type Sums = Readonly<Record<string, number>>

/** In microseconds, and of the stretch: below one of these there is nothing to explain. */
const leastWorked = 1_000_000
const leastShare = 0.05

/** What a run that lasts has done between two readings of its recorder. Whoever only waited to be told (IDLE) waited for nobody. */
export function stretchBetween(before: RunProfile, after: RunProfile): RunProfile {
  const from = before.elapsedMicros
  const commands = after.commands.filter(({ name, endedAt }) => name !== 'IDLE' && endedAt > from)
  const lanes = new Set(commands.map(({ lane }) => lane)).size
  return {
    elapsedMicros: after.elapsedMicros - from,
    unblamedMicros: after.unblamedMicros - before.unblamedMicros,
    lanes: Math.min(after.lanes, lanes),
    sums: sumsBetween(before.sums, after.sums),
    heldUp: heldUpBetween(before.heldUp, after.heldUp),
    writer: writerBetween(before.writer, after.writer),
    locks: locksBetween(before.locks, after.locks),
    ceilings: after.ceilings,
    schedule: scheduleBetween(before.schedule, after.schedule),
    commands: commands.map((one) => movedBack(one, from)),
    forgottenCommands: after.forgottenCommands - before.forgottenCommands,
  }
}

/** What a stretch suffered from; undefined: so little was done in it that there is nothing to explain. */
export function findingOfStretch(stretch: RunProfile): Finding | undefined {
  const { elapsedMicros, unblamedMicros } = stretch
  const worked = elapsedMicros - unblamedMicros
  if (worked < leastWorked) return undefined
  const [finding] = diagnose(stretch)
  return finding?.cause === 'none' && worked < elapsedMicros * leastShare ? undefined : finding
}

function sumsBetween(before: readonly StateSums[], after: readonly StateSums[]): readonly StateSums[] {
  const was = lookUp(before, ({ account, mailbox, command }) => [account, mailbox, command])
  return after
    .map((row) => ({
      ...row,
      laneMicros: less(row.laneMicros, was(row)?.laneMicros),
      blameMicros: less(row.blameMicros, was(row)?.blameMicros),
    }))
    .filter(({ laneMicros }) => Object.keys(laneMicros).length > 0)
}

function less(after: Sums, before: Sums = {}): Sums {
  const left = Object.entries(after).map(([state, micros]) => [state, micros - (before[state] ?? 0)] as const)
  return Object.fromEntries(left.filter(([, micros]) => micros > 0))
}

function heldUpBetween(before: readonly HeldUp[], after: readonly HeldUp[]): readonly HeldUp[] {
  const was = lookUp(before, ({ account, by }) => [account, by])
  return after.map((row) => ({ ...row, micros: row.micros - (was(row)?.micros ?? 0) })).filter(hasMicros)
}

function locksBetween(before: readonly LockSums[], after: readonly LockSums[]): readonly LockSums[] {
  const was = lookUp(before, ({ lock, pid }) => [lock, pid])
  return after.map((row) => ({ ...row, micros: row.micros - (was(row)?.micros ?? 0) })).filter(hasMicros)
}

const hasMicros = ({ micros }: { readonly micros: number }): boolean => micros > 0

function writerBetween(before: readonly WriterSums[], after: readonly WriterSums[]): readonly WriterSums[] {
  const was = lookUp(before, ({ account }) => [account])
  return after.map((row) => writerSince(row, was(row) ?? { ...row, ...noWriting }))
}

const noWriting = { hash: 0, compress: 0, sqlite: 0, commit: 0, open: 0, commits: 0 }

function writerSince(after: WriterSums, before: WriterSums): WriterSums {
  return {
    account: after.account,
    hash: after.hash - before.hash,
    compress: after.compress - before.compress,
    sqlite: after.sqlite - before.sqlite,
    commit: after.commit - before.commit,
    open: after.open - before.open,
    commits: after.commits - before.commits,
  }
}

/** The row of the same key. */
function lookUp<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => readonly (string | number)[],
): (row: Row) => Row | undefined {
  const byKey = new Map(rows.map((row) => [JSON.stringify(keyOf(row)), row]))
  return (row) => byKey.get(JSON.stringify(keyOf(row)))
}

function scheduleBetween(before: Schedule | undefined, after: Schedule | undefined): Schedule | undefined {
  if (before === undefined || after === undefined) return undefined
  return {
    cpuMicros: after.cpuMicros - before.cpuMicros,
    // Cut to what was left of the time, at each reading.
    queueMicros: Math.max(0, after.queueMicros - before.queueMicros),
    othersMicros: Math.max(0, after.othersMicros - before.othersMicros),
    cpus: after.cpus,
  }
}

/** What began before the stretch began with it. */
function movedBack(command: CommandRecord, from: number): CommandRecord {
  const moved = (at: number): number => Math.max(0, at - from)
  return {
    ...command,
    sentAt: moved(command.sentAt),
    firstAt: moved(command.firstAt),
    endedAt: moved(command.endedAt),
    gapAt: moved(command.gapAt),
  }
}
