import { lineage, type CallNode } from './call-tree.ts'
import { colourOf, currentPalette, type Palette } from './colours.ts'
import type { FrameSearch } from './frame-search.ts'
import { boxAt, boxBeside, layOut, type Box, type Direction, type Rows } from './lay-out.ts'
import { preparePaint, rowHeight } from './prepare-paint.ts'
import { cut } from './show-numbers.ts'

const font = '12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace'
interface Look {
  readonly letterWidth: number
  readonly palette: Palette
}

export interface GraphParts {
  /** Takes the keys. */
  readonly host: HTMLElement
  readonly canvas: HTMLCanvasElement
  /** Stands over the focused frame: what is seen of the focus, and what a screen reader reads. */
  readonly cursor: HTMLElement
  readonly isCompared: boolean
  readonly describe: (node: CallNode) => string
  readonly onPointed: (node: CallNode) => void
  readonly onChosen: (node: CallNode) => void
}

/** The frames on a canvas, thousands of them, with one that is focused. */
export class FlameGraph {
  readonly #parts: GraphParts
  #root: CallNode | undefined
  #search: FrameSearch = { is: 'nothing' }
  #rows: Rows = []
  #focused: CallNode | undefined
  /** Of the focused frame, or of what stands for it. */
  #box: Box | undefined

  constructor(parts: GraphParts) {
    this.#parts = parts
    const { host, canvas } = parts
    canvas.addEventListener('pointermove', (event) => this.#point(event))
    canvas.addEventListener('click', (event) => {
      const box = this.#boxUnder(event)
      if (box !== undefined) parts.onChosen(box.node)
    })
    canvas.addEventListener('pointerleave', () => this.#tell())
    host.addEventListener('focus', () => this.#tell())
    host.addEventListener('keydown', (event) => this.#onKey(event))
  }

  /** From this frame on down, with the focus where that frame is, or the nearest above it that is drawn. */
  show(root: CallNode, search: FrameSearch, focused: CallNode): void {
    this.#root = root
    this.#search = search
    this.#focused = focused
    this.paint()
    this.#focused = this.#box?.node
  }

  get focused(): CallNode | undefined {
    return this.#focused
  }

  /** Again, because the width, the colours or the paper changed. A frame that is too narrow to be drawn keeps the focus. */
  paint(): void {
    const { canvas, host } = this.#parts
    const width = host.clientWidth
    this.#rows = this.#root === undefined ? [] : layOut(this.#root, width)
    const boxes = this.#rows.flat()
    const line = new Set(this.#focused === undefined ? [] : lineage(this.#focused))
    this.#place(boxes.findLast(({ node }) => line.has(node)) ?? boxes[0])
    const paint = preparePaint(canvas, width, Math.max(1, this.#rows.length) * rowHeight)
    if (paint === undefined) return
    paint.font = font
    paint.textBaseline = 'middle'
    const letterWidth = paint.measureText('0').width
    const palette = currentPalette()
    for (const box of boxes) this.#paintBox(paint, box, { letterWidth, palette })
  }

  #paintBox(paint: CanvasRenderingContext2D, { node, row, x, width }: Box, { letterWidth, palette }: Look): void {
    const search = this.#search
    const isMatch = search.is === 'pattern' && node.kind !== 'all' && search.matches(node)
    const y = row * rowHeight
    const drawn = Math.max(0.5, width - (width > 3 ? 1 : 0))
    paint.globalAlpha = search.is === 'pattern' && !isMatch ? 0.3 : 1
    paint.fillStyle = colourOf(node, this.#parts.isCompared, palette)
    paint.fillRect(x, y, drawn, rowHeight - 1)
    paint.globalAlpha = search.is === 'pattern' && !isMatch ? 0.6 : 1
    if (isMatch) {
      paint.fillStyle = palette.mark
      paint.fillRect(x, y + rowHeight - 4, drawn, 3)
    }
    const letters = Math.floor((width - 9) / letterWidth)
    if (letters >= 3) {
      paint.fillStyle = palette.ink
      paint.fillText(cut(node.name, letters), x + 4, y + rowHeight / 2, width - 8)
    }
    paint.globalAlpha = 1
  }

  #boxUnder({ offsetX, offsetY }: MouseEvent): Box | undefined {
    return boxAt(this.#rows, Math.floor(offsetY / rowHeight), offsetX)
  }

  #point(event: MouseEvent): void {
    const box = this.#boxUnder(event)
    this.#parts.canvas.style.cursor = box === undefined ? 'default' : 'pointer'
    if (box === undefined) this.#tell()
    else this.#parts.onPointed(box.node)
  }

  #tell(): void {
    if (this.#focused !== undefined) this.#parts.onPointed(this.#focused)
  }

  #onKey(event: KeyboardEvent): void {
    const box = this.#box
    if (box === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    const direction = directionOf(event.key)
    if (direction !== undefined) {
      event.preventDefault()
      const next = boxBeside(this.#rows, box, direction)
      this.#focused = next.node
      this.#place(next)
      this.#parts.cursor.scrollIntoView({ block: 'nearest' })
      this.#tell()
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      this.#parts.onChosen(box.node)
    }
  }

  #place(box: Box | undefined): void {
    const { cursor, host, describe } = this.#parts
    this.#box = box
    cursor.hidden = box === undefined
    if (box === undefined) {
      host.removeAttribute('aria-activedescendant')
      return
    }
    host.setAttribute('aria-activedescendant', cursor.id)
    cursor.setAttribute('aria-label', describe(box.node))
    cursor.setAttribute('aria-level', String(box.row + 1))
    cursor.style.left = `${box.x}px`
    cursor.style.top = `${box.row * rowHeight}px`
    cursor.style.width = `${Math.max(3, box.width - 1)}px`
    cursor.style.height = `${rowHeight - 1}px`
  }
}

function directionOf(key: string): Direction | undefined {
  const directions: readonly Direction[] = ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home']
  return directions.find((direction) => direction === key)
}
