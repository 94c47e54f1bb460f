import type { Command } from './command.ts'
import type { Response } from './response-reader.ts'
import { isList, Scanner } from './tokens.ts'
import type { Value } from './tokens.ts'

/** Numbers, flags of the protocol, and words that name no one. */
const harmless = /^[\d:,*]+$/
const systemFlag = /^\\[A-Za-z*]+$/
const dateTime = /^[ \d]?\d-[A-Za-z]{3}-\d{4} \d\d:\d\d:\d\d [+-]\d{4}$/
const numbersOnly = /^\* (?:SEARCH|ESEARCH|VANISHED|ENABLED|CAPABILITY|\d+ (?:EXISTS|RECENT|EXPUNGE))\b/i

/** Data items that are lists of words, and the kind of words they are. */
const listKinds: ReadonlyMap<string, string> = new Map([
  ['FLAGS', 'k'],
  ['X-GM-LABELS', 'l'],
  ['EMAILID', 'i'],
  ['THREADID', 'i'],
])

/** Makes an IMAP dialogue tell nothing of anybody: what is known to be harmless stays, and everything else becomes a word
 *  that stands for it, the same each time. Mailboxes `b1`, keywords `k1`, labels `l1`, ids `i1`; INBOX is INBOX. Texts for
 *  people are left out, octets of messages are only counted. */
export class Redactor {
  readonly #words = new Map<string, string>()
  readonly #counts = new Map<string, number>()

  /** Without the tag. */
  command({ name, parts }: Command): string {
    const [first, ...rest] = parts
    const names = name === 'STATUS' || name.startsWith('EXAMINE')
    const shown = names && first !== undefined ? [`"${this.#mailbox(toName(first))}"`, ...rest] : parts
    return [name, ...shown.map((part) => (typeof part === 'string' ? part : '?'))].join(' ')
  }

  /** An untagged response or a tagged one without its tag. A literal is its marker, without octets. */
  response(response: Response): string {
    const { text } = response
    try {
      if (/^\* LIST /i.test(text)) return this.#list(response)
      if (/^\* STATUS /i.test(text)) return this.#status(response)
      if (/^\* \d+ FETCH \(/i.test(text)) return this.#row(response)
    } catch {
      // What cannot be read is not shown either; that it came is.
      return '* ?'
    }
    if (/^\* FLAGS /i.test(text)) return '* FLAGS ()'
    if (numbersOnly.test(text)) return text.replaceAll(/[^\dA-Za-z ,:*()="+./-]/g, '?')
    return completion(text)
  }

  #list(response: Response): string {
    const scanner = new Scanner(response, '* LIST '.length)
    const attributes = toList(scanner.value()).filter((one) => typeof one === 'string' && systemFlag.test(one))
    const delimiter = scanner.text() ?? ''
    const name = scanner.text() ?? ''
    const parts = delimiter === '' ? [name] : name.split(delimiter)
    const path = parts.map((part) => (part.toUpperCase() === 'INBOX' ? 'INBOX' : this.#word('b', part)))
    this.#words.set(`mailbox ${name}`, path.join(delimiter))
    return `* LIST (${attributes.join(' ')}) ${delimiter === '' ? 'NIL' : `"${delimiter}"`} "${path.join(delimiter)}"`
  }

  #status(response: Response): string {
    const scanner = new Scanner(response, '* STATUS '.length)
    const name = this.#mailbox(scanner.text() ?? '')
    const items = toList(scanner.value()).map((item) =>
      typeof item === 'string' && /^(?:[A-Z]+|-?\d+)$/i.test(item) ? item : '?',
    )
    return `* STATUS "${name}" (${items.join(' ')})`
  }

  #row(response: Response): string {
    const begin = /^\* \d+ FETCH \(/i.exec(response.text)?.[0] ?? ''
    const scanner = new Scanner(response, begin.length)
    const items: string[] = []
    for (scanner.skipSpaces(); !scanner.take(')'); scanner.skipSpaces()) {
      const name = scanner.word().toUpperCase()
      items.push(`${name} ${this.#item(name, scanner.value())}`)
    }
    return `${begin}${items.join(' ')})`
  }

  #item(name: string, value: Value): string {
    if (name.startsWith('BODY[')) return bodyText(value)
    const kind = listKinds.get(name)
    if (kind !== undefined)
      return `(${toList(value)
        .map((one) => this.#flag(one, kind))
        .join(' ')})`
    if (name === 'MODSEQ') return `(${toList(value).filter(isNumber).join(' ')})`
    if (name === 'UID' || name === 'RFC822.SIZE') return isNumber(value) ? textOf(value) : '?'
    if (name === 'INTERNALDATE') return dateTime.test(textOf(value)) ? `"${textOf(value)}"` : '"?"'
    return this.#word('i', textOf(value))
  }

  #flag(flag: Value, kind: string): string {
    const text = textOf(flag)
    return systemFlag.test(text) ? text : this.#word(kind, text)
  }

  #mailbox(name: string): string {
    if (name.toUpperCase() === 'INBOX') return 'INBOX'
    return this.#words.get(`mailbox ${name}`) ?? this.#word('b', name)
  }

  #word(kind: string, text: string): string {
    const known = this.#words.get(`${kind} ${text}`)
    if (known !== undefined) return known
    const count = (this.#counts.get(kind) ?? 0) + 1
    this.#counts.set(kind, count)
    this.#words.set(`${kind} ${text}`, `${kind}${count}`)
    return `${kind}${count}`
  }
}

function toName(part: Command['parts'][number]): string {
  if (typeof part !== 'string') return part.literal.toString('latin1')
  return part.startsWith('"') ? part.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : part
}

const toList = (value: Value): readonly Value[] => (isList(value) ? value : [value])

const isNumber = (value: Value): boolean => typeof value === 'string' && harmless.test(value)

function textOf(value: Value): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)
}

/** `{1234}`, `NIL`. A string is a literal, too: only its length is told. */
function bodyText(value: Value): string {
  if (value === null) return 'NIL'
  if (value instanceof Uint8Array || typeof value === 'string') return `{${value.length}}`
  return '{?}'
}

/** Status and response code; of a code's arguments only numbers. */
function completion(text: string): string {
  const match = /^(\* )?(OK|NO|BAD|BYE|PREAUTH)\b ?(?:\[([A-Z-]+)([^\]]*)\])?/i.exec(text)
  if (match === null) return text.startsWith('* ') ? '* ?' : '?'
  const [, star = '', status = '', code, rest = ''] = match
  if (code === undefined) return `${star}${status} ...`
  const numbers = /^ [\d ]+$/.test(rest) ? rest : ''
  return `${star}${status} [${code}${numbers}] ...`
}
