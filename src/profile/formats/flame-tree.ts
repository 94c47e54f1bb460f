import type { FoldedStacks } from './folded-stacks.ts'

/** A frame of a flame graph with what it calls; microseconds. */
export interface FlameNode {
  readonly name: string
  /** Its own and that of all it calls. */
  readonly micros: number
  /** By name. */
  readonly children: readonly FlameNode[]
}

interface Draft {
  readonly name: string
  micros: number
  readonly children: Map<string, Draft>
}

/** Stacks that begin alike share their frames. */
export function flameTree(stacks: FoldedStacks, name: string): FlameNode {
  const root: Draft = { name, micros: 0, children: new Map() }
  for (const [stack, micros] of stacks) {
    let node = root
    node.micros += micros
    for (const frame of stack.split(';')) {
      const child = node.children.get(frame) ?? { name: frame, micros: 0, children: new Map<string, Draft>() }
      node.children.set(frame, child)
      child.micros += micros
      node = child
    }
  }
  return toNode(root)
}

function toNode({ name, micros, children }: Draft): FlameNode {
  const sorted = [...children.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1))
  return { name, micros, children: sorted.map(toNode) }
}
