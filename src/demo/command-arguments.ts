import { bad } from './command-refused.ts'

/** An argument of a command (RFC 9051 §4). Text is one character per octet. */
export type Argument =
  | { readonly kind: 'atom'; readonly text: string }
  | { readonly kind: 'string'; readonly octets: Buffer }
  | { readonly kind: 'list'; readonly items: readonly Argument[] }

export interface ParsedCommand {
  readonly tag: string
  /** In capitals, `UID` included: `UID FETCH`. */
  readonly name: string
  readonly args: readonly Argument[]
}

const maxDepth = 30

/** Reads the tag, the name and the arguments. Throws a BAD, with the tag in `tag` as far as there is one. */
export function parseCommand(parts: readonly (string | Buffer)[]): ParsedCommand {
  const match = /^([^ ()"{%*\\\]+\r\n]+) +((?:UID +)?[A-Za-z][A-Za-z0-9-]*)(?= |$)/i.exec(String(parts[0]))
  if (match === null) throw bad('no tag or no command')
  const [head, tag = '', name = ''] = match
  const parser = new ArgumentParser(parts, head.length)
  return { tag, name: name.replace(/ +/, ' ').toUpperCase(), args: parser.parseItems(0) }
}

class ArgumentParser {
  readonly #parts: readonly (string | Buffer)[]
  #part = 0
  #text: string
  #index: number

  constructor(parts: readonly (string | Buffer)[], start: number) {
    this.#parts = parts
    this.#text = String(parts[0])
    this.#index = start
  }

  /** Up to the end of the command, or of the list at depths above 0. */
  parseItems(depth: number): readonly Argument[] {
    if (depth > maxDepth) throw bad('lists are nested too deeply')
    const items: Argument[] = []
    for (;;) {
      while (this.#text[this.#index] === ' ') this.#index++
      const next = this.#text[this.#index]
      if (next === undefined) {
        if (depth > 0) throw bad('a list is not closed')
        return items
      }
      if (next === ')') {
        if (depth === 0) throw bad('a closing parenthesis too many')
        this.#index++
        return items
      }
      items.push(this.#parseItem(next, depth))
    }
  }

  #parseItem(next: string, depth: number): Argument {
    if (next === '"') return this.#parseQuoted()
    if (next === '{') return this.#takeLiteral()
    if (next !== '(') return this.#parseAtom()
    this.#index++
    return { kind: 'list', items: this.parseItems(depth + 1) }
  }

  #parseQuoted(): Argument {
    const pattern = /"((?:[^"\\]|\\.)*)"/y
    pattern.lastIndex = this.#index
    const match = pattern.exec(this.#text)
    if (match === null) throw bad('a quoted string is not closed')
    this.#index = pattern.lastIndex
    return { kind: 'string', octets: Buffer.from((match[1] ?? '').replaceAll(/\\(.)/g, '$1'), 'latin1') }
  }

  #takeLiteral(): Argument {
    const literal = this.#parts[this.#part + 1]
    const isAnnouncement = /^\{\d+\+?\}$/.test(this.#text.slice(this.#index))
    if (!isAnnouncement || !Buffer.isBuffer(literal)) throw bad('a brace that announces no literal')
    this.#part += 2
    this.#text = String(this.#parts[this.#part] ?? '')
    this.#index = 0
    return { kind: 'string', octets: literal }
  }

  /** An atom may hold a section in brackets, and that a list: `BODY.PEEK[HEADER.FIELDS (Date From)]<0.100>`. */
  #parseAtom(): Argument {
    const pattern = /(?:[^ ()"{[]|\[[^\]]*\])+/y
    pattern.lastIndex = this.#index
    const match = pattern.exec(this.#text)
    if (match === null) throw bad('a bracket is not closed')
    this.#index = pattern.lastIndex
    return { kind: 'atom', text: match[0] }
  }
}

/** An atom's or a string's text (astring). */
export function textOf(argument: Argument | undefined): string {
  if (argument === undefined) throw bad('an argument is missing')
  if (argument.kind === 'list') throw bad('a list where a string belongs')
  return argument.kind === 'atom' ? argument.text : argument.octets.toString('latin1')
}

export function itemsOf(argument: Argument | undefined): readonly Argument[] {
  if (argument?.kind !== 'list') throw bad('a list is missing')
  return argument.items
}

/** The words of a list of atoms or strings. */
export function wordsOf(argument: Argument | undefined): readonly string[] {
  return itemsOf(argument).map((item) => textOf(item))
}

/** A number of at most 63 bits. */
export function numberOf(argument: Argument | undefined): bigint {
  const text = textOf(argument)
  if (!/^\d{1,19}$/.test(text)) throw bad(`${text.slice(0, 40)} is no number`)
  return BigInt(text)
}

/** Whether the argument is this atom, in any case. */
export function isWord(argument: Argument | undefined, word: string): boolean {
  return argument?.kind === 'atom' && argument.text.toUpperCase() === word
}
