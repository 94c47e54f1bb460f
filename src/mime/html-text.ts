import { decodeHTML } from 'entities'

/** Elements whose content is no text. */
const hidden = new Set(['script', 'style', 'head', 'title', 'template', 'noscript', 'svg', 'math', 'object', 'iframe'])
/** Elements that begin and end a line; `p` and those like it leave an empty line between. */
const blocks = new Set(
  'address article aside body blockquote center dd details dialog div dl dt fieldset figcaption figure footer form header html legend li main nav ol option section summary table tbody tfoot thead tr ul'.split(
    ' ',
  ),
)
const paragraphs = new Set(['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'pre', 'hr'])
/** Of a tag; a longer one is cut. */
const longestTag = 65_536
const tagName = /^\/?([a-zA-Z][a-zA-Z0-9:-]{0,30})/

/** The text of HTML for reading: blocks are lines, cells stand apart, what is not shown is left out. One pass, so its time is
 *  in proportion to its length (S20). Never throws; input that is no HTML is text. */
export function htmlToText(html: string): string {
  const lines = new LineBuilder()
  for (let place = 0; place < html.length;) {
    const open = html.indexOf('<', place)
    if (open < 0) {
      lines.text(html.slice(place))
      break
    }
    if (open > place) lines.text(html.slice(place, open))
    place = takeMarkup(html, open, lines)
  }
  return lines.finish()
}

/** Returns where the text goes on. */
function takeMarkup(html: string, open: number, lines: LineBuilder): number {
  if (html.startsWith('<!--', open)) return after(html, '-->', open + 4)
  if (html[open + 1] === '!' || html[open + 1] === '?') return after(html, '>', open)
  const name = tagName.exec(html.slice(open + 1, open + 33))?.[1]?.toLowerCase()
  if (name === undefined) {
    lines.text('<')
    return open + 1
  }
  const end = endOfTag(html, open)
  const isClosing = html[open + 1] === '/'
  if (hidden.has(name)) return isClosing ? end : endOfHidden(html, name, end)
  lines.tag(name, isClosing)
  return end
}

/** Behind the `>` of a tag; one in quotes does not end it. */
function endOfTag(html: string, open: number): number {
  let quote = ''
  const limit = Math.min(html.length, open + longestTag)
  for (let index = open + 1; index < limit; index++) {
    const character = html[index] ?? ''
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '>') return index + 1
    else if ((character === '"' || character === "'") && html[index - 1] === '=') quote = character
  }
  return quote === '' ? limit : after(html, '>', open)
}

/** Behind the closing tag. A `head` that is never closed ends where the body begins. */
function endOfHidden(html: string, name: string, start: number): number {
  const closing = new RegExp(name === 'head' ? String.raw`</head\b|<body\b` : String.raw`</${name}\b`, 'gi')
  closing.lastIndex = start
  const found = closing.exec(html)
  if (found === null) return name === 'head' ? start : html.length
  return found[0].startsWith('</') ? after(html, '>', found.index) : found.index
}

function after(html: string, mark: string, start: number): number {
  const found = html.indexOf(mark, start)
  return found < 0 ? html.length : found + mark.length
}

/** Puts text and line breaks together. */
class LineBuilder {
  readonly #parts: string[] = []
  /** Line breaks that are due before the next text. */
  #breaks = 0
  #space = false
  #isEmpty = true
  #preformatted = 0

  text(raw: string): void {
    const decoded = raw.includes('&') ? decodeHTML(raw) : raw
    if (this.#preformatted > 0) {
      this.#add(decoded.replaceAll(/\r\n?/g, '\n'))
      return
    }
    const collapsed = decoded.replaceAll(/[ \t\r\n\f]+/g, ' ')
    const own = collapsed.trim()
    if (collapsed.startsWith(' ')) this.#space = true
    if (own === '') return
    // Blanks that do not break are for the eye; a search takes them for what they are.
    this.#add(own.replaceAll('\u00a0', ' '))
    if (collapsed.endsWith(' ')) this.#space = true
  }

  tag(name: string, isClosing: boolean): void {
    if (name === 'br') this.#breaks = this.#isEmpty ? 0 : Math.min(this.#breaks + 1, 2)
    else if (paragraphs.has(name)) this.#breaks = Math.max(this.#breaks, 2)
    else if (blocks.has(name)) this.#breaks = Math.max(this.#breaks, 1)
    else if (name === 'td' || name === 'th') this.#space = true
    if (name === 'pre') this.#preformatted = Math.max(0, this.#preformatted + (isClosing ? -1 : 1))
    if (name !== 'li' || isClosing) return
    this.#add('-')
    this.#space = true
  }

  finish(): string {
    return this.#parts.join('').trimEnd()
  }

  #add(text: string): void {
    if (this.#isEmpty) this.#parts.push(text)
    else if (this.#breaks > 0) this.#parts.push('\n'.repeat(this.#breaks), text)
    else this.#parts.push(this.#space ? ` ${text}` : text)
    this.#breaks = 0
    this.#space = false
    this.#isEmpty = false
  }
}
