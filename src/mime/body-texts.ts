import { decodeText } from './charset.ts'
import type { Entity } from './entity.ts'
import { unflow } from '../model/flowed-text.ts'
import { htmlToText } from './html-text.ts'
import { decodeTransfer } from './transfer-encoding.ts'

/** Octets of one text part that are read for the index, and HTML of them: markup is most of it. */
const mostOctets = 2 ** 24

export interface BodyTexts {
  readonly text: string
  /** undefined: there is no HTML. */
  readonly html: string | undefined
  /** False where the text was cut at the limit. */
  readonly isWhole: boolean
}

/** Whether the part is the message's text, or a piece of it, and no attachment. */
export function isBodyText({ type, disposition }: Entity): boolean {
  const isText = type.value === 'text/plain' || type.value === 'text/html'
  return isText && (disposition === undefined || disposition.value === 'inline' || disposition.value === '')
}

/** The message's text for reading: its plain parts in order, HTML as text where there is no plain one beside it. */
export function bodyTexts(root: Entity, mostCharacters: number): BodyTexts {
  const collected: Collected = { texts: [], htmls: [], characters: 0, mostCharacters, isWhole: true }
  collect(root, collected, false)
  const text = collected.texts.join('\n')
  return {
    text: text.length > mostCharacters ? text.slice(0, mostCharacters) : text,
    html: collected.htmls.length === 0 ? undefined : collected.htmls.join('\n'),
    isWhole: collected.isWhole,
  }
}

interface Collected {
  readonly texts: string[]
  readonly htmls: string[]
  characters: number
  readonly mostCharacters: number
  isWhole: boolean
}

/** `isEvidence`: within a report (RFC 6522), whose message is what it is about, and not its text. */
function collect(entity: Entity, into: Collected, isEvidence: boolean): void {
  const type = entity.type.value
  if (type === 'multipart/alternative') return collectAlternative(entity, into, isEvidence)
  if (type.startsWith('multipart/')) {
    const within = isEvidence || type === 'multipart/report'
    for (const child of entity.children) collect(child, into, within)
  } else if (entity.children.length > 0) {
    const isShown = !isEvidence && entity.disposition?.value !== 'attachment'
    const [message] = entity.children
    if (isShown && message !== undefined) collect(message, into, false)
  } else if (isBodyText(entity)) collectText(entity, into)
}

/** Plain text is preferred; where no alternative has any, the last one that says something. HTML is kept in any case. */
function collectAlternative({ children }: Entity, into: Collected, isEvidence: boolean): void {
  const collected = children.map((child) => {
    const own: Collected = { ...into, texts: [], htmls: [] }
    collect(child, own, isEvidence)
    return { own, isPlain: hasPlain(child) }
  })
  const filled = collected.filter(({ own }) => own.texts.some((text) => text.trim() !== ''))
  const chosen = filled.find(({ isPlain }) => isPlain) ?? filled.at(-1)
  if (chosen !== undefined) {
    into.texts.push(...chosen.own.texts)
    into.characters = chosen.own.characters
  }
  if (collected.some(({ own }) => !own.isWhole)) into.isWhole = false
  const html = collected.findLast(({ own }) => own.htmls.length > 0)
  if (html !== undefined) into.htmls.push(...html.own.htmls)
}

function hasPlain(entity: Entity): boolean {
  if (entity.type.value === 'text/plain') return isBodyText(entity)
  return entity.type.value.startsWith('multipart/') && entity.children.some(hasPlain)
}

function collectText(entity: Entity, into: Collected): void {
  if (into.characters >= into.mostCharacters) {
    into.isWhole = false
    return
  }
  const isHtml = entity.type.value === 'text/html'
  const isBounded = Number.isFinite(into.mostCharacters)
  const body = isBounded ? entity.body.subarray(0, mostOctets) : entity.body
  const octets = decodeTransfer(body, entity.encoding)
  const decoded = decodeText(octets, entity.type.parameters.get('charset'))
  const text = isHtml ? htmlToText(decoded) : plainText(decoded, entity)
  if (isHtml) into.htmls.push(decoded)
  into.texts.push(text)
  into.characters += text.length
  if (body.length < entity.body.length || into.characters > into.mostCharacters) into.isWhole = false
}

function plainText(decoded: string, { type }: Entity): string {
  const text = decoded.includes('\r') ? decoded.replaceAll(/\r\n?/g, '\n') : decoded
  if (type.parameters.get('format')?.toLowerCase() !== 'flowed') return text
  return unflow(text, type.parameters.get('delsp')?.toLowerCase() === 'yes')
}
