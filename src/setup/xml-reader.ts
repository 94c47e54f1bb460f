export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** Directly in it, without blanks around. */
  readonly text: string
}

interface OpenElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: OpenElement[]
  text: string
}

const maxElements = 2000
const maxDepth = 16

const declaration = /^\uFEFF?\s*(?:<\?xml\b[^<>?]*\?>)?/
const tokens = {
  text: /[^<&]+/y,
  entity: /&(?:(amp|lt|gt|quot|apos)|#(?:\d{1,7}|x[\da-fA-F]{1,6}));/y,
  comment: /<!--(?:(?!--)[^])*-->/y,
  close: /<\/([\w.-]+)\s*>/y,
  open: /<([\w.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y,
}
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** A strict reader of small XML from strangers: elements, attributes, text and comments; no document type, no entities of its own,
 *  no CDATA, nothing that makes it longer. undefined: it is something else, or goes on too deep or too long. */
export function readXml(xml: string): XmlElement | undefined {
  const root: OpenElement = { name: '', attributes: new Map(), children: [], text: '' }
  const open = [root]
  let count = 0
  for (let at = declaration.exec(xml)?.[0].length ?? 0; at < xml.length;) {
    const token = tokenAt(xml, at)
    if (token === undefined || !take(token, open)) return undefined
    if (token.kind === 'open' && ++count > maxElements) return undefined
    at += token.length
  }
  const isWhole = open.length === 1 && root.children.length === 1 && root.text.trim() === ''
  const [only] = root.children
  return isWhole && only !== undefined ? trimmed(only) : undefined
}

/** False: it does not belong there. */
function take(token: Token, open: OpenElement[]): boolean {
  const parent = open.at(-1)
  if (parent === undefined) return false
  switch (token.kind) {
    case 'comment':
      return true
    case 'text':
      parent.text += token.text
      return true
    case 'close':
      return open.length > 1 && open.pop()?.name === token.name
    case 'open': {
      const element = { name: token.name, attributes: token.attributes, children: [], text: '' }
      parent.children.push(element)
      if (!token.isEmpty) open.push(element)
      return open.length <= maxDepth
    }
  }
}

type Token = { readonly length: number } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'comment' }
  | { readonly kind: 'close'; readonly name: string }
  | {
      readonly kind: 'open'
      readonly name: string
      readonly attributes: ReadonlyMap<string, string>
      readonly isEmpty: boolean
    }
)

function tokenAt(xml: string, at: number): Token | undefined {
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(xml)
  }
  const text = match(tokens.text)
  if (text !== null) return { kind: 'text', text: text[0], length: text[0].length }
  const entity = match(tokens.entity)
  if (entity !== null) return { kind: 'text', text: entities[entity[1] ?? ''] ?? '\uFFFD', length: entity[0].length }
  const open = match(tokens.open)
  if (open !== null) {
    const [whole, name = '', attributes = '', slash] = open
    return { kind: 'open', name, attributes: readAttributes(attributes), isEmpty: slash === '/', length: whole.length }
  }
  const close = match(tokens.close)
  if (close !== null) return { kind: 'close', name: close[1] ?? '', length: close[0].length }
  const comment = match(tokens.comment)
  return comment === null ? undefined : { kind: 'comment', length: comment[0].length }
}

function readAttributes(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([, name = '', double, single]) => [
      name,
      double ?? single ?? '',
    ]),
  )
}

function trimmed({ name, attributes, children, text }: OpenElement): XmlElement {
  return { name, attributes, children: children.map(trimmed), text: text.trim() }
}
