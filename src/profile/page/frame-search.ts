import type { CallNode } from './call-tree.ts'

/** What is searched: nothing, frames by name, or what is no regular expression, and why. */
export type FrameSearch =
  | { readonly is: 'nothing' }
  | { readonly is: 'pattern'; readonly matches: (node: CallNode) => boolean }
  | { readonly is: 'invalid'; readonly reason: string }

/** Without regard to case. */
export function readSearch(text: string): FrameSearch {
  if (text === '') return { is: 'nothing' }
  try {
    const pattern = new RegExp(text, 'i')
    const known = new Map<string, boolean>()
    const matches = ({ name }: CallNode): boolean => {
      const found = known.get(name) ?? pattern.test(name)
      known.set(name, found)
      return found
    }
    return { is: 'pattern', matches }
  } catch (error) {
    return { is: 'invalid', reason: error instanceof Error ? error.message : String(error) }
  }
}

/** The time below a frame that matching frames took: one within another counts once. */
export function sumMatches(root: CallNode, matches: (node: CallNode) => boolean): { micros: number; frames: number } {
  let [micros, frames] = [0, 0]
  const open: { readonly node: CallNode; readonly isWithin: boolean }[] = [{ node: root, isWithin: false }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const isMatch = next.node.kind !== 'all' && matches(next.node)
    if (isMatch) frames++
    if (isMatch && !next.isWithin) micros += next.node.micros
    const isWithin = isMatch || next.isWithin
    open.push(...next.node.children.map((node) => ({ node, isWithin })))
  }
  return { micros, frames }
}
