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

/** Microseconds by stack: names from the root on, with semicolons between. */
export type FoldedStacks = ReadonlyMap<string, number>

/** Each sample lasts until the next one in time: V8 adds samples when it deoptimises, some of them out of order, so that their number says
 *  little (profiler.md §4). */
export function foldSamples(profile: CpuProfile, nameOf: (frame: CallFrame) => string): FoldedStacks {
  const stackOf = stacksOf(profile, nameOf)
  const { samples = [], timeDeltas = [] } = profile
  let time = profile.startTime
  const timed = samples.map((node, index) => ({ node, at: (time += timeDeltas[index] ?? 0) }))
  const sorted = timed.toSorted((one, other) => one.at - other.at)
  const folded = new Map<string, number>()
  sorted.forEach(({ node, at }, index) => {
    const until = sorted[index + 1]?.at ?? profile.endTime
    const stack = stackOf(node)
    if (until > at) folded.set(stack, (folded.get(stack) ?? 0) + until - at)
  })
  return folded
}

function stacksOf({ nodes }: CpuProfile, nameOf: (frame: CallFrame) => string): (node: number) => string {
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

/** Of several. */
export function addStacks(all: Map<string, number>, more: FoldedStacks): void {
  for (const [stack, micros] of more) all.set(stack, (all.get(stack) ?? 0) + micros)
}
