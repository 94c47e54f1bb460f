import type { LaneState } from '../model/lane.ts'
import { ownLoop } from './lane-states.ts'
import type { CommandRecord, RunProfile, StateSums } from './run-profile.ts'

/** A state of a command's lane, from one instant to another. */
interface Phase {
  readonly command: CommandRecord
  readonly state: LaneState | typeof ownLoop
  readonly from: number
  readonly until: number
}

interface Range {
  readonly from: number
  readonly until: number
}

type Sums = Pick<RunProfile, 'sums' | 'unblamedMicros'>

/** Where the time of a range went, as far as the commands in it tell: between commands, lanes count as idle. Instants in microseconds. */
export function sumsOfCommands(commands: readonly CommandRecord[], range: Range): Sums {
  const phases = commands.flatMap(phasesOf).flatMap((phase) => clipped(phase, range))
  const rows = new SumTable()
  let unblamedMicros = 0
  sweep(phases, range, ({ open, micros }) => {
    const holders = [...open].filter(({ state }) => state === 'cpu: parse')
    const blamed = holders.length > 0 ? holders : [...open]
    for (const phase of open) rows.add(phase, 'lane', micros)
    for (const phase of blamed) rows.add(phase, 'blame', micros / blamed.length)
    if (blamed.length === 0) unblamedMicros += micros
  })
  return { sums: rows.all(), unblamedMicros }
}

/** In their usual order; what lay waiting did so right before it was taken. */
function phasesOf(command: CommandRecord): readonly Phase[] {
  const { sentAt, firstAt, endedAt, cpuMicros, queuedMicros, writerMicros } = command
  const queued = Math.min(queuedMicros, firstAt - sentAt)
  const cpu = Math.min(cpuMicros, endedAt - firstAt)
  const held = Math.min(writerMicros, endedAt - firstAt - cpu)
  const borders = [sentAt, firstAt - queued, firstAt, endedAt - cpu - held, endedAt - cpu, endedAt]
  const states = ['wait: first byte', ownLoop, 'wait: transfer', 'wait: writer', 'cpu: parse'] as const
  return states.map((state, index) => ({ command, state, from: borders[index] ?? 0, until: borders[index + 1] ?? 0 }))
}

function clipped(phase: Phase, range: Range): readonly Phase[] {
  const from = Math.max(phase.from, range.from)
  const until = Math.min(phase.until, range.until)
  return until > from ? [{ ...phase, from, until }] : []
}

interface Stretch {
  readonly open: ReadonlySet<Phase>
  readonly micros: number
}

/** Each stretch of time in which the same phases are open. */
function sweep(phases: readonly Phase[], range: Range, use: (stretch: Stretch) => void): void {
  const events = phases.flatMap((phase) => [
    { at: phase.from, phase, isStart: true },
    { at: phase.until, phase, isStart: false },
  ])
  const open = new Set<Phase>()
  let now = range.from
  for (const { at, phase, isStart } of events.toSorted((one, other) => one.at - other.at)) {
    if (at > now) use({ open, micros: at - now })
    now = Math.max(now, at)
    if (isStart) open.add(phase)
    else open.delete(phase)
  }
  if (range.until > now) use({ open, micros: range.until - now })
}

/** Sums by account, mailbox and command. */
class SumTable {
  readonly #rows = new Map<
    string,
    StateSums & { readonly laneMicros: Record<string, number>; readonly blameMicros: Record<string, number> }
  >()

  add({ command, state }: Phase, sum: 'lane' | 'blame', micros: number): void {
    const { account, mailbox, name } = command
    const key = JSON.stringify([account, mailbox, name])
    const row = this.#rows.get(key) ?? { account, mailbox, command: name, laneMicros: {}, blameMicros: {} }
    this.#rows.set(key, row)
    const sums = sum === 'lane' ? row.laneMicros : row.blameMicros
    sums[state] = (sums[state] ?? 0) + micros
  }

  all(): readonly StateSums[] {
    return [...this.#rows.values()]
  }
}
