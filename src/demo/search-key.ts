import { bad } from './command-refused.ts'
import { decodeEncodedWords } from './encoded-word.ts'
import { fieldValue, parseHeader } from './message-header.ts'
import { isSequenceSet, parseSequenceSet, positionsBySeqNum, positionsByUid } from './sequence-set.ts'
import { numberOf, textOf } from './command-arguments.ts'
import { parseInternalDate } from '../model/message.ts'
import { parseMessage } from './message-structure.ts'
import { searchDateToDay } from './internal-date.ts'
import type { Argument } from './command-arguments.ts'
import type { Session } from './session.ts'
import type { StoredMessage } from './stored-mailbox.ts'

export type Matches = (message: StoredMessage, position: number) => boolean

/** What SEARCH looks for. */
export interface SearchProgram {
  readonly matches: Matches
  readonly usesModseq: boolean
}

const maxKeys = 2000

/** Reads search keys, all of which must match. Throws BAD at one that it does not know. */
export function parseSearch(session: Session, keys: readonly Argument[]): SearchProgram {
  const parser = new SearchParser(session)
  const matches = parser.parseAll(keys)
  return { matches, usesModseq: parser.usesModseq }
}

const flagKeys: Readonly<Record<string, string>> = {
  SEEN: String.raw`\Seen`,
  FLAGGED: String.raw`\Flagged`,
  ANSWERED: String.raw`\Answered`,
  DELETED: String.raw`\Deleted`,
  DRAFT: String.raw`\Draft`,
}

class SearchParser {
  usesModseq = false
  readonly #session: Session
  #parsed = 0

  constructor(session: Session) {
    this.#session = session
  }

  parseAll(keys: readonly Argument[]): Matches {
    const queue = [...keys].toReversed()
    const all: Matches[] = []
    while (queue.length > 0) all.push(this.#parseKey(queue))
    return (message, position) => all.every((matches) => matches(message, position))
  }

  /** Takes one key and its arguments from the end of `queue`. */
  #parseKey(queue: Argument[]): Matches {
    if (++this.#parsed > maxKeys) throw bad('too many search keys')
    const argument = queue.pop()
    if (argument?.kind === 'list') return this.parseAll(argument.items)
    const word = textOf(argument)
    if (isSequenceSet(word)) return this.#bySeqNum(word)
    const name = word.toUpperCase()
    return (
      flagMatcher(name) ?? this.#parseLogic(name, queue) ?? this.#parseNumber(name, queue) ?? parseText(name, queue)
    )
  }

  #parseLogic(name: string, queue: Argument[]): Matches | undefined {
    if (name === 'ALL' || name === 'OLD') return () => true
    if (name === 'NEW' || name === 'RECENT') return () => false
    if (name === 'NOT') {
      const inner = this.#parseKey(queue)
      return (message, position) => !inner(message, position)
    }
    if (name !== 'OR') return undefined
    const left = this.#parseKey(queue)
    const right = this.#parseKey(queue)
    return (message, position) => left(message, position) || right(message, position)
  }

  #parseNumber(name: string, queue: Argument[]): Matches | undefined {
    switch (name) {
      case 'UID':
        return this.#byUid(textOf(queue.pop()))
      case 'LARGER': {
        const octets = numberOf(queue.pop())
        return (message) => message.octets.length > octets
      }
      case 'SMALLER': {
        const octets = numberOf(queue.pop())
        return (message) => message.octets.length < octets
      }
      case 'MODSEQ':
        return this.#parseModseq(queue)
      case 'X-GM-MSGID': {
        const id = textOf(queue.pop())
        return (message) => message.identity.gmailMessageId === id
      }
      case 'EMAILID': {
        const id = textOf(queue.pop())
        return (message) => message.identity.emailId === id
      }
    }
    return undefined
  }

  /** An entry name and type may stand before the number (RFC 7162 §3.1.5). */
  #parseModseq(queue: Argument[]): Matches {
    this.#session.noteCondstore()
    this.usesModseq = true
    if (queue.at(-1)?.kind === 'string') queue.splice(-2)
    const modseq = numberOf(queue.pop())
    return (message) => message.modseq >= modseq
  }

  #bySeqNum(text: string): Matches {
    const positions = new Set(positionsBySeqNum(parseSequenceSet(text), this.#session.view.messages.length))
    return (_message, position) => positions.has(position)
  }

  #byUid(text: string): Matches {
    const positions = new Set(positionsByUid(parseSequenceSet(text), this.#session.view.messages))
    return (_message, position) => positions.has(position)
  }
}

function flagMatcher(name: string): Matches | undefined {
  const isNegative = name.startsWith('UN')
  const flag = flagKeys[isNegative ? name.slice(2) : name]
  return flag === undefined ? undefined : (message) => message.flags.includes(flag) !== isNegative
}

const fieldKeys = new Set(['FROM', 'TO', 'CC', 'BCC', 'SUBJECT'])

function parseText(name: string, queue: Argument[]): Matches {
  const text = textOf(queue.pop())
  if (fieldKeys.has(name)) return fieldMatcher(name, text)
  switch (name) {
    case 'SINCE':
    case 'BEFORE':
    case 'ON':
      return dateMatcher(name, text)
    case 'KEYWORD':
      return (message) => hasKeyword(message, text)
    case 'UNKEYWORD':
      return (message) => !hasKeyword(message, text)
    case 'HEADER':
      return fieldMatcher(text, textOf(queue.pop()))
    case 'BODY':
      return textMatcher(text, (message) => message.octets.subarray(parseMessage(message.octets).bodyStart))
    case 'TEXT':
      return textMatcher(text, (message) => message.octets)
  }
  throw bad(`there is no search key ${name.slice(0, 40)}`)
}

function hasKeyword(message: StoredMessage, keyword: string): boolean {
  const folded = keyword.toLowerCase()
  return message.flags.some((flag) => flag.toLowerCase() === folded)
}

/** Dates without regard to time and zone (RFC 9051 §6.4.4). */
function dateMatcher(name: 'SINCE' | 'BEFORE' | 'ON', text: string): Matches {
  const wanted = searchDateToDay(text)
  if (wanted === undefined) throw bad('no valid date')
  return (message) => {
    const { seconds = 0, offsetMinutes = 0 } = parseInternalDate(message.internalDate)
    const day = Math.floor((seconds + offsetMinutes * 60) / 86_400)
    if (name === 'ON') return day === wanted
    return name === 'SINCE' ? day >= wanted : day < wanted
  }
}

/** What the client sent and what is stored are compared as UTF-8, letters without regard to case. */
const fold = (octets: string): string => Buffer.from(octets, 'latin1').toString('utf8').toLowerCase()

function fieldMatcher(name: string, text: string): Matches {
  const wanted = fold(text)
  return (message) => {
    const end = parseMessage(message.octets).bodyStart
    const value = fieldValue(parseHeader(message.octets.toString('latin1', 0, end)), name)
    return (
      value !== undefined && (fold(value).includes(wanted) || decodeEncodedWords(value).toLowerCase().includes(wanted))
    )
  }
}

/** In the octets as they stand: encoded bodies are not decoded. */
function textMatcher(text: string, octetsOf: (message: StoredMessage) => Buffer): Matches {
  const wanted = fold(text)
  return (message) => octetsOf(message).toString('utf8').toLowerCase().includes(wanted)
}
