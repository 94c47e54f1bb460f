import type { Samples, ThreadSamples } from '../samples.ts'
import { labelFrames } from './folded-stacks.ts'

/** The file format of speedscope (https://www.speedscope.app/file-format-schema.json): a profile for each thread, `sampled`, in
 *  microseconds, in the order of time. */
export function speedscopeJson({ threads }: Pick<Samples, 'threads'>, name: string): string {
  const frames = new FrameTable()
  const profiles = threads.map((thread) => profileOf(thread, frames))
  return JSON.stringify({
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    exporter: 'mailmirror',
    name,
    activeProfileIndex: 0,
    shared: { frames: frames.names.map((frame) => ({ name: frame })) },
    profiles,
  })
}

class FrameTable {
  readonly #numbers = new Map<string, number>()

  get names(): readonly string[] {
    return [...this.#numbers.keys()]
  }

  numberOf(frame: string): number {
    const known = this.#numbers.get(frame)
    if (known !== undefined) return known
    this.#numbers.set(frame, this.#numbers.size)
    return this.#numbers.size - 1
  }
}

function profileOf({ thread, micros, stack, label, stacks, labels }: ThreadSamples, frames: FrameTable): unknown {
  const numbersOf = (names: readonly string[]): readonly number[] => names.map((one) => frames.numberOf(one))
  const stackNumbers = stacks.map((one) => numbersOf(one.split(';')))
  const labelNumbers = labels.map((one) => numbersOf(labelFrames(one)))
  return {
    type: 'sampled',
    name: thread,
    unit: 'microseconds',
    startValue: 0,
    endValue: micros.reduce((sum, weight) => sum + weight, 0),
    samples: stack.map((one, index) => [...(labelNumbers[label[index] ?? 0] ?? []), ...(stackNumbers[one] ?? [])]),
    weights: micros,
  }
}
