import type { ThreadSamples } from '../samples.ts'
import { parseFrame } from './folded-stacks.ts'

interface ProfileNode {
  readonly id: number
  readonly callFrame: {
    readonly functionName: string
    readonly scriptId: string
    readonly url: string
    readonly lineNumber: number
    readonly columnNumber: number
  }
  hitCount: number
  readonly children: number[]
}

/** One thread as V8 writes it (`node --cpu-prof`), with the places of our sources: Chrome's DevTools and others open it. The gaps
 *  between samples are those of the stretches in which nothing changed. */
export function cpuProfileJson({ stacks, stack, at, micros }: ThreadSamples): string {
  const nodes = new NodeTable()
  const numbers = stacks.map((one) => nodes.numberOf(one.split(';')))
  const samples = stack.map((one) => numbers[one] ?? 1)
  for (const sample of samples) nodes.hit(sample)
  const startTime = Math.round(at[0] ?? 0)
  const last = at.length - 1
  const endTime = Math.round((at[last] ?? 0) + (micros[last] ?? 0))
  const timeDeltas = at.map((instant, index) => Math.round(instant) - Math.round(at[index - 1] ?? startTime))
  return JSON.stringify({ nodes: nodes.all, startTime, endTime, samples, timeDeltas })
}

/** Nodes of the tree of calls; the root has number 1. */
class NodeTable {
  readonly all: ProfileNode[] = []
  readonly #numbers = new Map<string, number>()

  constructor() {
    this.#add('(root)')
  }

  numberOf(frames: readonly string[]): number {
    let path = ''
    let parent = 1
    for (const frame of frames) {
      path = `${path};${frame}`
      const number = this.#numbers.get(path) ?? this.#add(frame, parent)
      this.#numbers.set(path, number)
      parent = number
    }
    return parent
  }

  hit(number: number): void {
    const node = this.all[number - 1]
    if (node !== undefined) node.hitCount++
  }

  #add(frame: string, parent?: number): number {
    const { name, file, line } = parseFrame(frame)
    const id = this.all.length + 1
    const place = { url: file, lineNumber: line - 1, columnNumber: line === 0 ? -1 : 0 }
    this.all.push({ id, callFrame: { functionName: name, scriptId: '0', ...place }, hitCount: 0, children: [] })
    if (parent !== undefined) this.all[parent - 1]?.children.push(id)
    return id
  }
}
