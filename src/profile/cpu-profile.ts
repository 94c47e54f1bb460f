import { cleanName } from './run-profile.ts'

/** Where code is, as V8 tells it: lines and columns from 0. */
export interface CallFrame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
  readonly columnNumber: number
}

/** What V8's sampler gives (Chrome DevTools protocol, Profiler.Profile); microseconds. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: CallFrame
    readonly children?: readonly number[] | undefined
  }[]
  readonly startTime: number
  readonly endTime: number
  readonly samples?: readonly number[] | undefined
  readonly timeDeltas?: readonly number[] | undefined
}

/** A sample and for how long it holds, in microseconds of the profile's clock. */
export interface TimedSample {
  readonly node: number
  readonly at: number
  readonly micros: number
}

/** Each sample lasts until the next one in time: V8 adds samples when it deoptimises, some of them out of order, so that their number says
 *  little (profiler.md §4). */
export function timedSamples(profile: CpuProfile): readonly TimedSample[] {
  const { samples = [], timeDeltas = [] } = profile
  let time = profile.startTime
  const timed = samples.map((node, index) => ({ node, at: (time += timeDeltas[index] ?? 0) }))
  const sorted = timed.toSorted((one, other) => one.at - other.at)
  return sorted.map(({ node, at }, index) => {
    return { node, at, micros: Math.max(0, (sorted[index + 1]?.at ?? profile.endTime) - at) }
  })
}

/** Gives the names of a node's stack, from the root on, with semicolons between. */
export function stackNamer(
  { nodes }: Pick<CpuProfile, 'nodes'>,
  nameOf: (frame: CallFrame) => string,
): (node: number) => string {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const known = new Map<number, string>()
  const stackOf = (id: number): string => {
    const found = known.get(id)
    if (found !== undefined) return found
    const node = byId.get(id)
    const parent = parents.get(id)
    // The root itself says nothing.
    const own = node === undefined || parent === undefined ? '' : cleanName(nameOf(node.callFrame))
    const above = parent === undefined ? '' : stackOf(parent)
    const stack = above === '' ? own : `${above};${own}`
    known.set(id, stack)
    return stack
  }
  return stackOf
}
