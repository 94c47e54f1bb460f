import { currentPalette, type Palette } from './colours.ts'
import type { FlameData, LaneRow, SliceRow } from './flame-data.ts'
import { preparePaint, rowHeight } from './prepare-paint.ts'
import { cut, showMicros, showOctets } from './show-numbers.ts'

/** Less is a click; pixels. */
const leastDrag = 4
/** Of the row that tells when our own code ran; pixels. */
const busyStep = 3

export interface Range {
  readonly from: number
  readonly until: number
}

export interface ChartParts {
  readonly names: HTMLElement
  readonly chart: HTMLElement
  readonly canvas: HTMLCanvasElement
  /** Lies over the range that is chosen. */
  readonly chosen: HTMLElement
  readonly told: HTMLElement
  readonly onRange: (range: Range) => void
}

/** What each connection did when, one row each, below a scale and a row of when our own code ran. */
export class LaneChart {
  readonly #data: FlameData
  readonly #parts: ChartParts
  readonly #headRows: number
  readonly #hint: string
  #account: number | undefined
  #dragFrom: number | undefined

  constructor(data: FlameData, parts: ChartParts) {
    this.#data = data
    this.#parts = parts
    this.#headRows = data.samples.length > 0 ? 2 : 1
    this.#hint = parts.told.textContent
    const heads = ['', 'our code'].slice(0, this.#headRows).map((name) => ({ name, title: name }))
    parts.names.append(...[...heads, ...data.lanes.map((lane) => this.#describe(lane))].map(nameCell))
    const { canvas } = parts
    canvas.addEventListener('pointerdown', (event) => this.#startDrag(event))
    canvas.addEventListener('pointermove', (event) => this.#onMove(event))
    canvas.addEventListener('pointerup', (event) => this.#endDrag(event))
    canvas.addEventListener('pointercancel', () => (this.#dragFrom = undefined))
    canvas.addEventListener('pointerleave', () => (parts.told.textContent = this.#hint))
  }

  /** Connections of other accounts step back. */
  show(account: number | undefined, range: Range | undefined): void {
    this.#account = account
    this.#cover(range)
    this.paint()
  }

  paint(): void {
    const { chart, canvas } = this.#parts
    const height = (this.#headRows + this.#data.lanes.length) * rowHeight
    const paint = preparePaint(canvas, chart.clientWidth, height)
    if (paint === undefined) return
    const palette = currentPalette()
    this.#paintScale(paint, palette)
    if (this.#headRows > 1) this.#paintBusy(paint, palette)
    this.#data.lanes.forEach((lane, index) => {
      paint.globalAlpha = this.#account === undefined || this.#account === lane.account ? 1 : 0.2
      const top = (this.#headRows + index) * rowHeight
      for (const slice of lane.slices) this.#paintSlice(paint, { slice, top, palette })
    })
    paint.globalAlpha = 1
  }

  /** Waiting is lower than receiving as well, for whoever does not see colours. */
  #paintSlice(
    paint: CanvasRenderingContext2D,
    { slice, top, palette }: { readonly slice: SliceRow; readonly top: number; readonly palette: Palette },
  ): void {
    const [, , sentAt, firstAt, endedAt] = slice
    const [sent, first, ended] = [this.#xOf(sentAt), this.#xOf(Math.min(firstAt, endedAt)), this.#xOf(endedAt)]
    paint.fillStyle = palette.waiting
    paint.fillRect(sent, top + 6, Math.max(0.4, first - sent), 8)
    paint.fillStyle = palette.receiving
    paint.fillRect(first, top + 2, Math.max(0.4, ended - first), 16)
  }

  #paintScale(paint: CanvasRenderingContext2D, palette: Palette): void {
    const { elapsedMicros, lanes } = this.#data
    const step = niceStep(elapsedMicros, Math.max(2, Math.floor(this.#width / 90)))
    paint.font = '11px system-ui, sans-serif'
    paint.textBaseline = 'middle'
    const height = (this.#headRows + lanes.length) * rowHeight
    for (let at = 0; at <= elapsedMicros; at += step) {
      const x = Math.round(this.#xOf(at))
      paint.fillStyle = palette.line
      paint.fillRect(x, 0, 1, height)
      paint.fillStyle = palette.faint
      if (x + 40 < this.#width) paint.fillText(at === 0 ? '0' : showTick(at, step), x + 4, rowHeight / 2)
    }
  }

  #paintBusy(paint: CanvasRenderingContext2D, palette: Palette): void {
    const { elapsedMicros, samples, stacks, names } = this.#data
    const idle = names.indexOf('(idle)')
    const steps = new Float64Array(Math.ceil(this.#width / busyStep) + 1)
    const stepOf = (at: number): number => Math.min(steps.length - 1, Math.floor(this.#xOf(at) / busyStep))
    for (const [stack, at, micros] of samples) {
      const step = stepOf(at)
      if (stacks[stack]?.includes(idle, 4) === false) steps[step] = (steps[step] ?? 0) + micros
    }
    // Buckets may be longer than a step, and threads may run at once.
    const most = Math.max((elapsedMicros * busyStep) / this.#width, ...steps)
    paint.fillStyle = palette.busy
    steps.forEach((micros, index) => {
      const height = (micros / most) * (rowHeight - 4)
      paint.fillRect(index * busyStep, 2 * rowHeight - 2 - height, busyStep, height)
    })
  }

  get #width(): number {
    return Math.max(1, this.#parts.chart.clientWidth)
  }

  #xOf(at: number): number {
    return (at / Math.max(1, this.#data.elapsedMicros)) * this.#width
  }

  #timeAt({ offsetX }: MouseEvent): number {
    const share = Math.min(1, Math.max(0, offsetX / this.#width))
    return Math.round(share * this.#data.elapsedMicros)
  }

  #startDrag(event: PointerEvent): void {
    if (event.button !== 0) return
    this.#parts.canvas.setPointerCapture(event.pointerId)
    this.#dragFrom = this.#timeAt(event)
  }

  #onMove(event: PointerEvent): void {
    const range = this.#dragged(event)
    const { told } = this.#parts
    if (range === undefined) told.textContent = this.#sliceUnder(event)
    else {
      this.#cover(range)
      told.textContent = `from ${showMicros(range.from)} to ${showMicros(range.until)}`
    }
  }

  #endDrag(event: PointerEvent): void {
    const range = this.#dragged(event)
    this.#dragFrom = undefined
    if (range !== undefined) this.#parts.onRange(range)
  }

  #dragged(event: PointerEvent): Range | undefined {
    if (this.#dragFrom === undefined) return undefined
    const at = this.#timeAt(event)
    const [from, until] = [Math.min(at, this.#dragFrom), Math.max(at, this.#dragFrom)]
    return this.#xOf(until - from) < leastDrag ? undefined : { from, until }
  }

  #cover(range: Range | undefined): void {
    const { chosen } = this.#parts
    const share = (micros: number): string => `${(100 * micros) / Math.max(1, this.#data.elapsedMicros)}%`
    chosen.hidden = range === undefined
    if (range === undefined) return
    chosen.style.left = share(range.from)
    chosen.style.width = share(range.until - range.from)
  }

  #sliceUnder(event: MouseEvent): string {
    const lane = this.#data.lanes[Math.floor(event.offsetY / rowHeight) - this.#headRows]
    const at = this.#timeAt(event)
    const slice = lane?.slices.find(([, , sentAt, , endedAt]) => at >= sentAt && at < endedAt)
    if (lane === undefined || slice === undefined) return this.#hint
    const [name, mailbox, sentAt, firstAt, endedAt, octets] = slice
    const [waited, received] = [Math.max(0, firstAt - sentAt), Math.max(0, endedAt - Math.max(sentAt, firstAt))]
    const place = this.#name(mailbox) === '' ? '' : ` in ${cut(this.#name(mailbox), 80)}`
    const what = `${cut(this.#name(lane.name), 40)}: ${cut(this.#name(name), 40)}${place}`
    return `${what}, at ${showMicros(sentAt)}: ${showMicros(waited)} to the first octet, ${showMicros(received)} for ${showOctets(octets)}`
  }

  #describe({ name, slices }: LaneRow): { name: string; title: string } {
    const waited = slices.reduce((sum, [, , sentAt, firstAt]) => sum + Math.max(0, firstAt - sentAt), 0)
    const received = slices.reduce((sum, [, , , firstAt, endedAt]) => sum + Math.max(0, endedAt - firstAt), 0)
    const told = `${slices.length} commands, ${showMicros(waited)} waiting, ${showMicros(received)} receiving`
    return { name: this.#name(name), title: `${this.#name(name)}: ${told}` }
  }

  #name(index: number): string {
    return this.#data.names[index] ?? ''
  }
}

function nameCell({ name, title }: { readonly name: string; readonly title: string }): HTMLElement {
  const cell = document.createElement('div')
  cell.textContent = cut(name, 60)
  cell.title = cut(title, 300)
  return cell
}

/** 1, 2 or 5 of a power of ten, so that there are at most so many. */
function niceStep(span: number, most: number): number {
  const least = Math.max(1, span / most)
  const power = 10 ** Math.floor(Math.log10(least))
  return power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10)
}

function showTick(at: number, step: number): string {
  if (step >= 1e6) return `${Math.round(at / 1e6)} s`
  return step >= 1e5 ? `${(at / 1e6).toFixed(1)} s` : `${Number((at / 1000).toFixed(2))} ms`
}
