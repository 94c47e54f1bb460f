import type { CallNode } from './call-tree.ts'

/** A frame's place in the drawing; pixels. */
export interface Box {
  readonly node: CallNode
  readonly row: number
  readonly x: number
  readonly width: number
}

/** By row, from left to right. */
export type Rows = readonly (readonly Box[])[]

/** Narrower ones cannot be seen, and they are most of all; pixels. */
const leastWidth = 0.5

/** What is called stands below what calls it. */
export function layOut(root: CallNode, width: number): Rows {
  const rows: Box[][] = []
  let row: Box[] = root.weight > 0 ? [{ node: root, row: 0, x: 0, width }] : []
  while (row.length > 0) {
    rows.push(row)
    row = row.flatMap(boxesBelow)
  }
  return rows
}

function boxesBelow({ node, row, x, width }: Box): Box[] {
  const boxes: Box[] = []
  let left = x
  for (const child of node.children) {
    const share = (width * child.weight) / node.weight
    if (share < leastWidth) break
    boxes.push({ node: child, row: row + 1, x: left, width: share })
    left += share
  }
  return boxes
}

export function boxAt(rows: Rows, row: number, x: number): Box | undefined {
  return rows[row]?.find((box) => x >= box.x && x < box.x + box.width)
}

export type Direction = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight' | 'Home'

/** Where an arrow key leads; the same box where there is none. */
export function boxBeside(rows: Rows, box: Box, direction: Direction): Box {
  const row = rows[box.row] ?? []
  const index = row.indexOf(box)
  const above = rows[box.row - 1]?.find(({ node }) => node === box.node.parent)
  const below = rows[box.row + 1]?.find(({ node }) => node.parent === box.node)
  const found = {
    ArrowUp: above,
    ArrowDown: below,
    ArrowLeft: row[index - 1],
    ArrowRight: row[index + 1],
    Home: rows[0]?.[0],
  }
  return found[direction] ?? box
}
