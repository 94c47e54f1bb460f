import type { Address } from '../search/extracted-message.ts'
import { decodeRawText } from './charset.ts'
import { decodeWords, endOfEncodedWord } from './encoded-words.ts'

/** Of one header field. */
const mostAddresses = 20_000

/** Characters of a quoted string, a comment or an address that are looked at for its end: what is longer is none (S20). */
const longestToken = 500

/** One address while it is read; texts are raw. */
interface Draft {
  /** What stands outside angle brackets and comments. */
  phrase: string
  /** Whether a part of the phrase was quoted: then an `@` in it is no address. */
  hasQuotes: boolean
  angle: string | undefined
  comment: string
}

/** An address list (RFC 5322 §3.4, §4.4) as senders write it: names of groups are dropped, their members stay. It is taken
 *  apart before anything is decoded, so that no decoded name can become a recipient (F86, S15). Never throws. */
export function parseAddresses(raw: string, charset?: string): readonly Address[] {
  const found: Address[] = []
  let draft = emptyDraft()
  const finish = (): void => {
    const address = toAddress(draft, charset)
    if (address !== undefined) found.push(address)
    draft = emptyDraft()
  }
  for (let index = 0; index < raw.length && found.length < mostAddresses;) {
    const character = raw[index] ?? ''
    const end = endOfToken(raw, index)
    const token = raw.slice(index, end)
    if (character === ',' || character === ';') finish()
    else if (character === ':' && draft.angle === undefined) draft = emptyDraft()
    else takeToken(draft, token)
    index = end
  }
  finish()
  return found
}

function emptyDraft(): Draft {
  return { phrase: '', hasQuotes: false, angle: undefined, comment: '' }
}

function takeToken(draft: Draft, token: string): void {
  if (token.startsWith('(')) draft.comment += `${draft.comment === '' ? '' : ' '}${unescaped(token.slice(1, -1))}`
  else if (token.startsWith('<')) draft.angle ??= token.slice(1, token.endsWith('>') ? -1 : undefined)
  else if (token.startsWith('"')) {
    draft.phrase += unescaped(token.slice(1, token.length > 1 && token.endsWith('"') ? -1 : undefined))
    draft.hasQuotes = true
  } else draft.phrase += token
}

/** Where the quoted string, comment, angle brackets, encoded word or plain run that begins at `start` ends. */
function endOfToken(text: string, start: number): number {
  const character = text[start]
  if (character === '"') return endOfQuoted(text, start)
  if (character === '(') return endOfComment(text, start)
  if (character === '<') return endOfAngle(text, start)
  if (character === '=' && text[start + 1] === '?') return endOfEncodedWord(text, start) ?? start + 1
  return character === ',' || character === ';' || character === ':' ? start + 1 : endOfPlain(text, start)
}

function endOfPlain(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && !special.test(text[end] ?? '')) end++
  return end
}

const special = /["(<,;:=]/

function endOfQuoted(text: string, start: number): number {
  const limit = Math.min(text.length, start + longestToken)
  for (let index = start + 1; index < limit; index++) {
    if (text[index] === '\\') index++
    else if (text[index] === '"') return index + 1
  }
  // It never ends: the quote is a mere character.
  return start + 1
}

function endOfComment(text: string, start: number): number {
  let depth = 0
  const limit = Math.min(text.length, start + longestToken)
  for (let index = start; index < limit; index++) {
    const character = text[index]
    if (character === '\\') index++
    else if (character === '(') depth++
    else if (character === ')' && --depth === 0) return index + 1
  }
  return start + 1
}

function endOfAngle(text: string, start: number): number {
  const window = text.slice(start, start + longestToken)
  const end = window.indexOf('>')
  const comma = window.indexOf(',')
  // `<a@x, <b@y>`: the bracket was forgotten. A route (RFC 5322 §4.4) has commas and begins with @.
  if (comma >= 0 && comma < end && window[1] !== '@' && window.slice(comma, end).includes('<')) return start + comma
  return start + (end < 0 ? window.length : end + 1)
}

function toAddress({ phrase, hasQuotes, angle, comment }: Draft, charset: string | undefined): Address | undefined {
  const text = phrase.trim()
  const readable = (raw: string): string => cleanName(decodeWords(decodeRawText(raw, charset)))
  if (angle !== undefined) {
    return { name: readable(text === '' ? comment : text), address: cleanAddress(readable(angle)) }
  }
  if (text.includes('@') && !(hasQuotes && text.includes(' '))) {
    const { address, name } = bareAddress(text)
    return { name: readable(name === '' ? comment : name), address: cleanAddress(readable(address)) }
  }
  const name = readable(text === '' ? comment : text)
  return name === '' ? undefined : { name, address: '' }
}

/** `a@x b` is an address with a name behind it; `local part @ domain` is one with blanks. */
function bareAddress(text: string): { readonly address: string; readonly name: string } {
  const [first = '', ...others] = text.split(/\s+/)
  const isFirst = others.length > 0 && first.includes('@')
  return isFirst ? { address: first, name: others.join(' ') } : { address: text.replaceAll(/\s+/g, ''), name: '' }
}

/** A route before the address (RFC 5322 §4.4) tells nobody anything any more. */
function cleanAddress(text: string): string {
  const route = /^@[^:]*:(.*)$/.exec(text)
  return (route?.[1] ?? text).trim().replace(/^mailto:/i, '')
}

function cleanName(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

function unescaped(text: string): string {
  return text.includes('\\') ? text.replaceAll(/\\(.)/g, '$1') : text
}
