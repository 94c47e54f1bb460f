import type { FlameData } from './flame-data.ts'

export type FrameKind = 'all' | 'thread' | 'account' | 'mailbox' | 'command' | 'frame'

/** A frame with what it calls, or, inverted, with what called it. */
export interface CallNode {
  readonly kind: FrameKind
  readonly name: string
  readonly parent: CallNode | undefined
  /** Its own time and that of all it calls. */
  micros: number
  before: number
  /** What it is drawn as wide as: the longer of the two runs, so that what vanished is seen as well. */
  weight: number
  /** The heaviest first. */
  readonly children: CallNode[]
}

export interface Shown {
  /** Index of a name; undefined: all. */
  readonly account: number | undefined
  readonly thread: number | undefined
  /** Undefined: the whole run; of `until` no longer. */
  readonly range: { readonly from: number; readonly until: number } | undefined
  readonly withIdle: boolean
  readonly isInverted: boolean
}

export interface CallTree {
  readonly root: CallNode
  /** Left out, and only because it is idle. */
  readonly idleMicros: number
}

interface Sums {
  micros: number
  before: number
}

const kinds: readonly FrameKind[] = ['thread', 'account', 'mailbox', 'command']
const idleName = '(idle)'

/** Stacks that begin alike share their frames: thread, account, mailbox, command, then what ran. */
export function growTree(data: FlameData, shown: Shown): CallTree {
  const root = makeNode('all', 'all', undefined)
  const idle = data.names.indexOf(idleName)
  const children = new Map<CallNode, Map<string, CallNode>>()
  let idleMicros = 0
  for (const [index, sums] of sumSamples(data, shown)) {
    const stack = data.stacks[index]
    if (stack === undefined || !isWanted(stack, shown)) continue
    if (!shown.withIdle && stack.includes(idle, kinds.length)) idleMicros += sums.micros
    else addStack({ root, children, path: pathOf(data, stack, shown.isInverted) }, sums)
  }
  sortHeaviestFirst(root)
  return { root, idleMicros }
}

function sumSamples({ samples }: FlameData, { range }: Shown): ReadonlyMap<number, Sums> {
  const byStack = new Map<number, Sums>()
  for (const [stack, at, micros, before] of samples) {
    if (range !== undefined && (at < range.from || at >= range.until)) continue
    const sums = byStack.get(stack) ?? { micros: 0, before: 0 }
    sums.micros += micros
    sums.before += before
    byStack.set(stack, sums)
  }
  return byStack
}

const isWanted = ([thread, account]: readonly number[], shown: Shown): boolean =>
  (shown.account === undefined || shown.account === account) && (shown.thread === undefined || shown.thread === thread)

interface Step {
  readonly kind: FrameKind
  readonly name: string
}

/** Whoever is nobody stands in no row, except that the row of accounts tells where time belongs to none. */
function pathOf({ names }: FlameData, stack: readonly number[], isInverted: boolean): readonly Step[] {
  const steps = stack.map((name, index) => ({ kind: kinds[index] ?? 'frame', name: names[name] ?? '' }))
  const told = steps
    .filter(({ kind, name }) => name !== '' || kind === 'account')
    .map((step) => (step.name === '' ? { ...step, name: '(no account)' } : step))
  return isInverted ? told.toReversed() : told
}

interface Branch {
  readonly root: CallNode
  readonly children: Map<CallNode, Map<string, CallNode>>
  readonly path: readonly Step[]
}

function addStack({ root, children, path }: Branch, sums: Sums): void {
  const weight = Math.max(sums.micros, sums.before)
  let node = root
  addTo(node, sums, weight)
  for (const { kind, name } of path) {
    const known = children.get(node) ?? new Map<string, CallNode>()
    children.set(node, known)
    const key = `${kind} ${name}`
    const next = known.get(key) ?? makeNode(kind, name, node)
    if (!known.has(key)) node.children.push(next)
    known.set(key, next)
    addTo(next, sums, weight)
    node = next
  }
}

function addTo(node: CallNode, { micros, before }: Sums, weight: number): void {
  node.micros += micros
  node.before += before
  node.weight += weight
}

const makeNode = (kind: FrameKind, name: string, parent: CallNode | undefined): CallNode => ({
  kind,
  name,
  parent,
  micros: 0,
  before: 0,
  weight: 0,
  children: [],
})

/** Without recursion: a stack may be deeper than ours. */
function sortHeaviestFirst(root: CallNode): void {
  const open = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    node.children.sort((one, other) => other.weight - one.weight)
    open.push(...node.children)
  }
}

/** The frames from below the root down to this one. */
export function lineage(node: CallNode): readonly CallNode[] {
  const line: CallNode[] = []
  for (let at = node; at.parent !== undefined; at = at.parent) line.push(at)
  return line.toReversed()
}

/** The frame of another tree that stands where this one stands in its own; as near as there is one. */
export function findAgain(root: CallNode, node: CallNode): CallNode {
  let found = root
  for (const { kind, name } of lineage(node)) {
    const next = found.children.find((child) => child.kind === kind && child.name === name)
    if (next === undefined) break
    found = next
  }
  return found
}
