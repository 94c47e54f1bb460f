import { stackNamer, timedSamples } from './cpu-profile.ts'
import type { CallFrame, CpuProfile } from './cpu-profile.ts'
import type { Label, ThreadSamples } from './samples.ts'

/** More stretches than these are made coarser. */
const mostStretches = 200_000
/** The latest stay as they are: they are what is asked for while the run goes on. */
const keptFine = 20_000
/** Microseconds that are summed the first time; then twice as many each time. */
const firstWidth = 20_000

interface Columns {
  readonly at: number[]
  readonly micros: number[]
  readonly stack: number[]
  readonly label: number[]
}

/** What one thread was seen doing. Stretches of the same are one; a long run loses precision in time, never time. */
export class SampleLog {
  readonly #thread: string
  readonly #nameOf: (frame: CallFrame) => string
  readonly #stacks = new Map<string, number>()
  #columns: Columns = emptyColumns()
  #count = 0
  /** Up to which all is in: profiles overlap. */
  #end = Number.NEGATIVE_INFINITY
  #width = firstWidth

  constructor(thread: string, nameOf: (frame: CallFrame) => string) {
    this.#thread = thread
    this.#nameOf = nameOf
  }

  /** `shift`: what makes a profile's instants those of the run; `labelAt` takes those of the profile. */
  add(profile: CpuProfile, shift: number, labelAt: (at: number) => number = () => 0): void {
    const stackOf = stackNamer(profile, this.#nameOf)
    for (const { node, at, micros } of timedSamples(profile)) {
      this.#count++
      const from = Math.max(at + shift, this.#end)
      const left = at + shift + micros - from
      if (left > 0) this.#append({ at: from, micros: left, stack: this.#numberOf(stackOf(node)), label: labelAt(at) })
    }
    this.#end = profile.endTime + shift
    if (this.#columns.at.length > mostStretches) this.#coarsen()
  }

  /** All of it, up to now. */
  read(labels: readonly Label[]): ThreadSamples {
    return { thread: this.#thread, count: this.#count, ...this.#columns, stacks: [...this.#stacks.keys()], labels }
  }

  /** Stacks since that instant of the run, in microseconds; what the loop slept is left out. */
  since(from: number): ReadonlyMap<string, number> {
    const names = [...this.#stacks.keys()]
    const { at, micros, stack } = this.#columns
    const sums = new Map<string, number>()
    for (let index = at.length - 1; index >= 0; index--) {
      const end = (at[index] ?? 0) + (micros[index] ?? 0)
      if (end <= from) break
      const name = names[stack[index] ?? 0] ?? ''
      if (name !== '(idle)') sums.set(name, (sums.get(name) ?? 0) + end - Math.max(from, at[index] ?? 0))
    }
    return sums
  }

  #append({ at, micros, stack, label }: { readonly [Key in keyof Columns]: number }): void {
    const columns = this.#columns
    const last = columns.at.length - 1
    if (columns.stack[last] === stack && columns.label[last] === label) {
      columns.micros[last] = (columns.micros[last] ?? 0) + micros
      return
    }
    columns.at.push(at)
    columns.micros.push(micros)
    columns.stack.push(stack)
    columns.label.push(label)
  }

  #numberOf(name: string): number {
    const known = this.#stacks.get(name)
    if (known !== undefined) return known
    this.#stacks.set(name, this.#stacks.size)
    return this.#stacks.size - 1
  }

  /** Within each step of time, the same stack for the same label becomes one stretch. */
  #coarsen(): void {
    const old = this.#columns
    const border = old.at.length - keptFine
    this.#columns = emptyColumns()
    const rows = new Map<string, number>()
    let step = -1
    for (let index = 0; index < old.at.length; index++) {
      const row = {
        at: old.at[index] ?? 0,
        micros: old.micros[index] ?? 0,
        stack: old.stack[index] ?? 0,
        label: old.label[index] ?? 0,
      }
      const its = Math.floor(row.at / this.#width)
      if (its !== step) rows.clear()
      step = its
      const key = `${row.stack} ${row.label}`
      const known = index < border ? rows.get(key) : undefined
      if (known !== undefined) this.#columns.micros[known] = (this.#columns.micros[known] ?? 0) + row.micros
      else {
        rows.set(key, this.#columns.at.length)
        for (const column of ['at', 'micros', 'stack', 'label'] as const) this.#columns[column].push(row[column])
      }
    }
    this.#width *= 2
  }
}

function emptyColumns(): Columns {
  return { at: [], micros: [], stack: [], label: [] }
}
