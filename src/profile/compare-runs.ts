import type { StoredRun } from './profile-runs.ts'
import { nameOf } from './run-reading.ts'
import { summedStacks } from './samples.ts'

/** What took how long in each of two runs; microseconds. */
export interface ComparedTime {
  readonly name: string
  readonly before: number
  readonly after: number
}

export interface RunComparison {
  readonly before: StoredRun
  readonly after: StoredRun
  /** By account, mailbox, command and state, as the elapsed time is blamed; the largest change first. */
  readonly states: readonly ComparedTime[]
  /** Functions by the time that they themselves took, where both runs were sampled. */
  readonly functions: readonly ComparedTime[]
  /** What changed, first of all. */
  readonly sentence: string
  /** How much longer the second took, of the first: 0.1 is a tenth; below 0 it was faster. */
  readonly change: number
}

/** Two runs of the same differ by as much. */
const noise = 0.05
const noiseMicros = 50_000

export function compareRuns(before: StoredRun, after: StoredRun): RunComparison {
  const states = compared(statesOf(before), statesOf(after))
  const isSampled = before.samples !== undefined && after.samples !== undefined
  const functions = isSampled ? compared(functionsOf(before), functionsOf(after)) : []
  const [was, is] = [before.profile.elapsedMicros, after.profile.elapsedMicros]
  const change = was > 0 ? is / was - 1 : 0
  return { before, after, states, functions, change, sentence: sentenceFor({ was, is, change, states }) }
}

interface Change {
  readonly was: number
  readonly is: number
  readonly change: number
  readonly states: readonly ComparedTime[]
}

function sentenceFor({ was, is, change, states }: Change): string {
  if (Math.abs(change) < noise || Math.abs(is - was) < noiseMicros)
    return 'The two runs took the same time, as far as can be told.'
  const sign = Math.sign(is - was)
  const [most] = states.filter(({ before, after }) => Math.sign(after - before) === sign)
  const what = most === undefined ? '' : `: ${changeText(most.after - most.before)} in ${most.name}`
  const percent = Math.round(Math.abs(change) * 100)
  return `The second run took ${percent} % ${sign > 0 ? 'longer' : 'less'} (${changeText(is - was)})${what}.`
}

function changeText(micros: number): string {
  const size = Math.abs(micros)
  const text = size >= 1e6 ? `${(size / 1e6).toFixed(1)} s` : `${Math.round(size / 1000)} ms`
  return `${micros < 0 ? '−' : '+'}${text}`
}

function statesOf({ profile }: StoredRun): ReadonlyMap<string, number> {
  const times = new Map<string, number>([['(nobody waits)', profile.unblamedMicros]])
  for (const { account, mailbox, command, blameMicros } of profile.sums) {
    const place = nameOf({ account, mailbox, command })
    for (const [state, micros] of Object.entries(blameMicros)) {
      const name = place === '' ? state : `${place}: ${state}`
      times.set(name, (times.get(name) ?? 0) + micros)
    }
  }
  return times
}

/** What the loop slept is none. A change of its own lines moves a function; its name tells it. */
function functionsOf({ samples }: StoredRun): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const { thread, stack, micros } of samples === undefined ? [] : summedStacks(samples)) {
    const leaf = stack.slice(stack.lastIndexOf(';') + 1).replace(/:\d+$/, '')
    if (leaf === '' || leaf === '(idle)') continue
    const name = thread === 'main' ? leaf : `${thread}: ${leaf}`
    times.set(name, (times.get(name) ?? 0) + micros)
  }
  return times
}

function compared(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): readonly ComparedTime[] {
  const names = new Set([...before.keys(), ...after.keys()])
  const rows = Array.from(names, (name) => ({ name, before: before.get(name) ?? 0, after: after.get(name) ?? 0 }))
  const size = (row: ComparedTime): number => Math.abs(row.after - row.before)
  return rows.toSorted((one, other) => size(other) - size(one))
}
