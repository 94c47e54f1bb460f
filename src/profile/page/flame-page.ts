import { findAgain, growTree, lineage, type CallNode, type CallTree, type Shown } from './call-tree.ts'
import { isFlameData, type FlameData } from './flame-data.ts'
import { FlameGraph } from './flame-graph.ts'
import { readSearch, sumMatches, type FrameSearch } from './frame-search.ts'
import { LaneChart, type Range } from './lane-chart.ts'
import { cut, showMicros, showShare } from './show-numbers.ts'

/** Of the breadcrumb: the first, and the last of a deep stack; what is between is left out. */
const mostCrumbs = 6
const whole: Shown = {
  account: undefined,
  thread: undefined,
  range: undefined,
  withIdle: false,
  isInverted: false,
}

/** The element of the page that has this id. */
function part<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`the page lacks its part ${id}`)
  return found
}

const say = (id: string, text: string): void => {
  part(id, HTMLElement).textContent = text
}

const seconds = (micros: number): string => (micros / 1e6).toFixed(3)

class FlameView {
  readonly #data: FlameData
  readonly #graph: FlameGraph
  readonly #chart: LaneChart
  readonly #search = part('search', HTMLInputElement)
  #shown = whole
  #tree: CallTree
  #zoomed: CallNode
  /** Where the zoom was before, the latest last. */
  readonly #earlier: CallNode[] = []

  constructor(data: FlameData) {
    this.#data = data
    this.#tree = growTree(data, whole)
    this.#zoomed = this.#tree.root
    this.#graph = new FlameGraph({
      host: part('graph', HTMLElement),
      canvas: part('flames', HTMLCanvasElement),
      cursor: part('cursor', HTMLElement),
      isCompared: data.isCompared,
      describe: (node) => `${cut(node.name, 200)}: ${this.#describe(node)}`,
      onPointed: (node) => this.#tell(node),
      onChosen: (node) => this.#zoom(node),
    })
    this.#chart = new LaneChart(data, {
      names: part('names', HTMLElement),
      chart: part('chart', HTMLElement),
      canvas: part('slices', HTMLCanvasElement),
      chosen: part('chosen', HTMLElement),
      told: part('slice', HTMLElement),
      onRange: (range) => this.#choose({ range }),
    })
    this.#offerChoices()
    this.#listen()
    this.#choose({})
  }

  /** Everything again: the width, the colours or the paper changed. */
  paint(): void {
    this.#chart.paint()
    this.#graph.paint()
  }

  #offerChoices(): void {
    const { stacks, lanes } = this.#data
    const accounts = [...stacks.flatMap(([, account]) => account ?? []), ...lanes.map(({ account }) => account)]
    this.#offer('account', accounts)
    this.#offer(
      'thread',
      stacks.flatMap(([thread]) => thread ?? []),
    )
  }

  #offer(id: 'account' | 'thread', indexes: readonly number[]): void {
    const select = part(id, HTMLSelectElement)
    const names = [...new Set(indexes)].map((index) => ({ index, name: this.#data.names[index] ?? '' }))
    for (const { index, name } of names.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
      select.append(new Option(name === '' ? '(no account)' : cut(name, 60), String(index)))
    }
    select.addEventListener('change', () => {
      this.#choose({ [id]: select.value === '' ? undefined : Number(select.value) })
    })
  }

  #listen(): void {
    const idle = part('idle', HTMLInputElement)
    idle.addEventListener('change', () => this.#choose({ withIdle: idle.checked }))
    part('invert', HTMLElement).addEventListener('click', () => this.#invert())
    part('whole', HTMLElement).addEventListener('click', () => this.#choose({ range: undefined }))
    part('show-keys', HTMLElement).addEventListener('click', () => part('keys', HTMLDialogElement).showModal())
    this.#search.addEventListener('input', () => this.#draw(this.#graph.focused))
    for (const id of ['from', 'until']) {
      part(id, HTMLInputElement).addEventListener('change', () => this.#readRange())
    }
    document.addEventListener('keydown', (event) => this.#onKey(event))
  }

  #onKey(event: KeyboardEvent): void {
    const { key, target } = event
    const keys = part('keys', HTMLDialogElement)
    if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return
    const isTyping = target instanceof HTMLInputElement && target.type !== 'checkbox'
    if (key === 'Escape') this.#escape(target)
    else if (isTyping || target instanceof HTMLSelectElement) return
    else if (key === '/') this.#search.focus()
    else if (key === 'i') this.#invert()
    else if (key === '?') keys.showModal()
    else return
    event.preventDefault()
  }

  /** Out of the search first, then out of one zoom after another. */
  #escape(target: EventTarget | null): void {
    if (target === this.#search) {
      this.#search.value = ''
      part('graph', HTMLElement).focus()
      this.#draw(this.#graph.focused)
      return
    }
    const earlier = this.#earlier.pop()
    if (earlier === undefined) return
    const left = this.#zoomed
    this.#zoomed = findAgain(this.#tree.root, earlier)
    this.#draw(left)
  }

  #invert(): void {
    this.#earlier.length = 0
    this.#zoomed = this.#tree.root
    this.#choose({ isInverted: !this.#shown.isInverted })
  }

  #zoom(node: CallNode): void {
    if (node === this.#zoomed) return
    this.#earlier.push(this.#zoomed)
    this.#zoomed = node
    this.#draw(node)
  }

  #readRange(): void {
    const { elapsedMicros } = this.#data
    const micros = (id: string, least: number): number => {
      const typed = part(id, HTMLInputElement).valueAsNumber
      const read = Number.isNaN(typed) ? least : Math.round(typed * 1e6)
      return Math.min(elapsedMicros, Math.max(0, read))
    }
    const [one, other] = [micros('from', 0), micros('until', elapsedMicros)]
    const range: Range = { from: Math.min(one, other), until: Math.max(one, other) }
    const isWhole = range.from === 0 && range.until === elapsedMicros
    this.#choose({ range: isWhole || range.from === range.until ? undefined : range })
  }

  /** Shows other samples; zoom and focus stay where they are as far as there is such a frame. */
  #choose(change: Partial<Shown>): void {
    const focused = this.#graph.focused
    this.#shown = { ...this.#shown, ...change }
    this.#tree = growTree(this.#data, this.#shown)
    this.#zoomed = findAgain(this.#tree.root, this.#zoomed)
    this.#chart.show(this.#shown.account, this.#shown.range)
    this.#tellChoice()
    this.#draw(focused === undefined ? this.#zoomed : findAgain(this.#tree.root, focused))
  }

  #tellChoice(): void {
    const { range, isInverted } = this.#shown
    const { elapsedMicros } = this.#data
    part('from', HTMLInputElement).value = seconds(range?.from ?? 0)
    part('until', HTMLInputElement).value = seconds(range?.until ?? elapsedMicros)
    part('whole', HTMLButtonElement).disabled = range === undefined
    part('invert', HTMLElement).setAttribute('aria-pressed', String(isInverted))
    const { root, idleMicros } = this.#tree
    const when =
      range === undefined ? 'of the whole run' : `from ${showMicros(range.from)} to ${showMicros(range.until)}`
    const idle = idleMicros > 0 ? `; ${showMicros(idleMicros)} idle are hidden` : ''
    say('sum', `${showMicros(root.micros)} of samples ${when}${idle}`)
    const isEmpty = this.#data.samples.length > 0 && root.weight === 0
    part('nothing', HTMLElement).hidden = !isEmpty
    part('graph', HTMLElement).hidden = isEmpty
  }

  #draw(focused: CallNode | undefined): void {
    const search = readSearch(this.#search.value)
    this.#graph.show(this.#zoomed, search, focused ?? this.#zoomed)
    this.#drawCrumbs()
    this.#tellSearch(search)
    this.#tell(this.#graph.focused ?? this.#zoomed)
  }

  #tellSearch(search: FrameSearch): void {
    const found = part('found', HTMLElement)
    found.classList.toggle('problem', search.is === 'invalid')
    this.#search.setAttribute('aria-invalid', String(search.is === 'invalid'))
    if (search.is === 'pattern') {
      const { micros, frames } = sumMatches(this.#zoomed, search.matches)
      const share = showShare(micros, this.#zoomed.micros)
      found.textContent = `${share} matched: ${showMicros(micros)} in ${frames} frames`
    } else found.textContent = search.is === 'invalid' ? search.reason : ''
  }

  #drawCrumbs(): void {
    const line = [this.#tree.root, ...lineage(this.#zoomed)]
    const told = line.length <= mostCrumbs ? line : [...line.slice(0, 1), undefined, ...line.slice(2 - mostCrumbs)]
    const crumbs = told.map((node) => {
      const item = document.createElement('li')
      const name = document.createElement(node === undefined || node === this.#zoomed ? 'span' : 'button')
      name.textContent = node === undefined ? '…' : cut(node.name, 80)
      if (node === this.#zoomed) name.setAttribute('aria-current', 'true')
      else if (node !== undefined) name.addEventListener('click', () => this.#zoom(node))
      item.append(name)
      return item
    })
    part('crumbs', HTMLElement).replaceChildren(...crumbs)
  }

  #tell(node: CallNode): void {
    say('frame-name', node.name)
    say('frame-time', this.#describe(node))
  }

  #describe(node: CallNode): string {
    const { root } = this.#tree
    const kind = node.kind === 'frame' || node.kind === 'all' ? '' : `${node.kind}, `
    const own = node.micros - node.children.reduce((sum, child) => sum + child.micros, 0)
    const isOwnTold = !this.#shown.isInverted && node.kind === 'frame'
    const itself = isOwnTold ? `, ${showMicros(own)} of it itself` : ''
    const time = `${showMicros(node.micros)}, ${showShare(node.micros, root.micros)} of what is shown`
    return `${kind}${time}${itself}${this.#data.isCompared ? changeOf(node) : ''}`
  }
}

function changeOf({ micros, before }: CallNode): string {
  if (before === 0) return '; new, before there was none'
  const change = micros - before
  const sign = change > 0 ? '+' : ''
  return `; before ${showMicros(before)}: ${sign}${showMicros(change)}, ${sign}${showShare(change, before)}`
}

/** Its height changes with each zoom, after which all is painted already. */
function paintWhenResized(view: FlameView): void {
  let width = document.body.clientWidth
  const observer = new ResizeObserver(() => {
    if (document.body.clientWidth === width) return
    width = document.body.clientWidth
    view.paint()
  })
  observer.observe(document.body)
}

/** The page is as wide as the paper while it is printed, and as light. */
function printOnPaper(view: FlameView): void {
  const turn = (isPaper: boolean): void => {
    document.documentElement.classList.toggle('paper', isPaper)
    view.paint()
  }
  addEventListener('beforeprint', () => turn(true))
  addEventListener('afterprint', () => turn(false))
}

const data: unknown = JSON.parse(part('data', HTMLScriptElement).text)
if (!isFlameData(data)) throw new Error('the page holds no profile')
const view = new FlameView(data)
paintWhenResized(view)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => view.paint())
printOnPaper(view)
