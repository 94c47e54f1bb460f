import type { FlameNode } from './flame-tree.ts'

export interface SvgOptions {
  /** Above the graph: what the run suffered from. */
  readonly title: string
  /** Pixels. */
  readonly width: number
}

const rowHeight = 18
const topHeight = 34
const bottomHeight = 10
/** Narrower frames are left out; pixels. */
const leastWidth = 0.4
/** Of a letter of the monospaced font, roughly. */
const letterWidth = 6.6

interface Row {
  readonly node: FlameNode
  readonly depth: number
  readonly x: number
  readonly width: number
}

/** A flame graph as a picture: what calls stands below what is called, and is as wide as it took time. Nothing in it runs or is fetched;
 *  each frame tells its whole name and time where the pointer rests on it. */
export function flameSvg(root: FlameNode, { title, width }: SvgOptions): string {
  const rows: Row[] = []
  layOut({ node: root, depth: 0, x: 0, width }, root.micros > 0 ? width / root.micros : 0, rows)
  const depth = rows.reduce((most, row) => Math.max(most, row.depth), 0) + 1
  const height = topHeight + depth * rowHeight + bottomHeight
  const frames = rows.map((row) => frameOf(row, { height, total: root.micros }))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, monospace" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fffdf8"/>`,
    `<text x="8" y="21" font-size="13" fill="#222">${escaped(cut(title, width / 7.8))}</text>`,
    ...frames,
    '</svg>',
    '',
  ].join('\n')
}

function layOut(row: Row, scale: number, rows: Row[]): void {
  if (row.width < leastWidth) return
  rows.push(row)
  let { x } = row
  for (const node of row.node.children) {
    const width = node.micros * scale
    layOut({ node, depth: row.depth + 1, x, width }, scale, rows)
    x += width
  }
}

function frameOf(
  { node, depth, x, width }: Row,
  { height, total }: { readonly height: number; readonly total: number },
): string {
  const y = height - bottomHeight - (depth + 1) * rowHeight
  const share = total > 0 ? (100 * node.micros) / total : 0
  const tip = `${node.name}: ${(node.micros / 1000).toFixed(1)} ms, ${share.toFixed(1)} %`
  const letters = Math.floor((width - 6) / letterWidth)
  const label =
    letters < 3
      ? ''
      : `<text x="${fixed(x + 3)}" y="${y + 12.5}" fill="#222">${escaped(cut(node.name, letters))}</text>`
  const box = `<rect x="${fixed(x)}" y="${y}" width="${fixed(Math.max(0.2, width - 0.4))}" height="${rowHeight - 1}" rx="1" fill="${colourOf(node.name)}"/>`
  return `<g><title>${escaped(tip)}</title>${box}${label}</g>`
}

const fixed = (pixels: number): string => pixels.toFixed(1)

/** The same name has the same colour: ours is warm, Node's and V8's own is cool, waiting is grey. */
function colourOf(name: string): string {
  let sum = 0
  for (let index = 0; index < name.length; index++) sum = (sum * 31 + name.charCodeAt(index)) % 997
  if (/\[(?:wait|idle)|^\((?:idle|nobody)/.test(name)) return `hsl(220 8% ${78 + (sum % 10)}%)`
  if (/\.tsx?:\d+$|\[cpu/.test(name)) return `hsl(${18 + (sum % 32)} 85% ${66 + (sum % 8)}%)`
  return `hsl(${190 + (sum % 40)} 40% ${74 + (sum % 8)}%)`
}

function cut(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, Math.max(1, Math.floor(letters) - 1))}…`
}

/** For XML 1.0: what it cannot hold at all is left out. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
