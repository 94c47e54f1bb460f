import type { FlameLane, FlamePage, FlameSample, FlameStack } from './formats/flame-page.ts'
import type { StoredRun } from './profile-runs.ts'
import type { CommandRecord } from './run-profile.ts'
import { stretchesOf } from './samples.ts'

/** More samples are summed over longer times: no picture shows them one by one. */
const mostSamples = 20_000
const firstSteps = 4000

interface PageTexts {
  readonly sentences: readonly string[]
  readonly footnotes: readonly string[]
}

/** A run as a page shows it; beside it, if there is one, the run that it is compared with. */
export function flamePageOf(run: StoredRun, texts: PageTexts, before?: StoredRun): FlamePage {
  const { elapsedMicros, commands } = run.profile
  const title = before === undefined ? `run ${run.id}: ${run.command}` : `run ${before.id} and run ${run.id}`
  const longest = Math.max(elapsedMicros, before?.profile.elapsedMicros ?? 0)
  for (let steps = firstSteps; ; steps /= 2) {
    const table = new SampleTable(Math.max(1, longest / steps), before !== undefined)
    table.add(run, 'micros')
    if (before !== undefined) table.add(before, 'before')
    if (table.size > mostSamples && steps > 1) continue
    return { title, ...texts, elapsedMicros, stacks: table.stacks, samples: table.samples(), lanes: lanesOf(commands) }
  }
}

class SampleTable {
  readonly stacks: FlameStack[] = []
  readonly #numbers = new Map<string, number>()
  readonly #sums = new Map<string, { readonly stack: number; readonly at: number; micros: number; before: number }>()
  readonly #step: number
  readonly #isCompared: boolean

  constructor(step: number, isCompared: boolean) {
    this.#step = step
    this.#isCompared = isCompared
  }

  get size(): number {
    return this.#sums.size
  }

  /** Long stretches go into each step that they touch. */
  add({ samples }: StoredRun, sum: 'micros' | 'before'): void {
    for (const { at, micros, stack, ...about } of samples === undefined ? [] : stretchesOf(samples)) {
      const number = this.#numberOf({ ...about, frames: stack.split(';') })
      const end = at + micros
      for (let from = at; from < end;) {
        const begin = Math.floor(from / this.#step) * this.#step
        const until = Math.min(end, begin + this.#step)
        this.#sumOf(number, begin)[sum] += until - from
        from = until > from ? until : end
      }
    }
  }

  samples(): readonly FlameSample[] {
    return Array.from(this.#sums.values(), ({ before, ...sample }) =>
      this.#isCompared ? { ...sample, before } : sample,
    )
  }

  #sumOf(stack: number, at: number) {
    const key = `${stack} ${at}`
    const sum = this.#sums.get(key) ?? { stack, at, micros: 0, before: 0 }
    this.#sums.set(key, sum)
    return sum
  }

  #numberOf(stack: FlameStack): number {
    const key = JSON.stringify(stack)
    const number = this.#numbers.get(key) ?? this.stacks.push(stack) - 1
    this.#numbers.set(key, number)
    return number
  }
}

function lanesOf(commands: readonly CommandRecord[]): readonly FlameLane[] {
  return Array.from(
    Map.groupBy(commands, ({ lane, account }) => `${account} #${lane}`),
    ([name, slices]) => ({
      name,
      account: slices[0]?.account ?? '',
      slices,
    }),
  )
}
