import { parse } from 'smol-toml'

/** Keys from the top of the file; numbers are indexes of arrays. */
export type KeyPath = readonly (string | number)[]

/** A part of the text: from `start` up to, but not including, `end`. */
export interface TextRange {
  readonly start: number
  readonly end: number
}

/** Something with a key, or an element of an array. */
export interface TomlEntry extends TextRange {
  readonly kind: 'header' | 'pair' | 'element'
  readonly path: KeyPath
  /** Where the last keys of the path are written; the others stand in the header or in what this lies in. */
  readonly keys: readonly TextRange[]
  /** Of a pair or an element: where its value stands. */
  readonly value: TextRange
  /** In an array or an inline table, and not on lines of its own. */
  readonly isInline: boolean
  /** The comma that follows it there. */
  readonly comma: number | undefined
}

/** No key of the config lies deeper; what does is found at its ancestor. */
export const maxDepth = 8

/** All headers, pairs and elements in the order in which they begin. `text` must be TOML that the parser has accepted. */
export function tomlEntries(text: string): readonly TomlEntry[] {
  return new EntryScanner(text).scan()
}

export function pathId(path: KeyPath): string {
  return JSON.stringify(path)
}

interface WrittenKeys {
  readonly names: readonly string[]
  readonly ranges: readonly TextRange[]
}

type OpenEntry = { -readonly [Key in keyof TomlEntry]: TomlEntry[Key] }

/** Walks over a TOML text just closely enough to know where each key stands: headers, dotted and quoted keys, inline
 *  tables, elements of arrays. */
class EntryScanner {
  readonly #text: string
  #at = 0
  readonly #entries: OpenEntry[] = []
  /** How many tables each array of tables has so far. */
  readonly #tableCounts = new Map<string, number>()

  constructor(text: string) {
    this.#text = text
  }

  scan(): readonly TomlEntry[] {
    let table: KeyPath = []
    for (this.#skipVoid(); this.#at < this.#text.length; this.#skipVoid()) {
      if (this.#text[this.#at] === '[') table = this.#header()
      else this.#pair(table, false)
    }
    return this.#entries
  }

  #header(): KeyPath {
    const start = this.#at
    const isArray = this.#text.startsWith('[[', this.#at)
    this.#at += isArray ? 2 : 1
    const { names, ranges } = this.#keys(']')
    this.#at += isArray ? 2 : 1
    const path = [...this.#resolve(names.slice(0, -1)), ...names.slice(-1)]
    const entry = this.#open({ kind: 'header', path, keys: ranges }, start, false)
    entry.end = this.#at
    if (!isArray) return path
    const count = (this.#tableCounts.get(pathId(path)) ?? 0) + 1
    this.#tableCounts.set(pathId(path), count)
    this.#open({ kind: 'header', path: [...path, count - 1], keys: ranges }, start, false).end = this.#at
    return [...path, count - 1]
  }

  /** A header names the last table of each array of tables that it passes. */
  #resolve(keys: readonly string[]): KeyPath {
    const path: (string | number)[] = []
    for (const key of keys) {
      path.push(key)
      const count = this.#tableCounts.get(pathId(path))
      if (count !== undefined) path.push(count - 1)
    }
    return path
  }

  #pair(table: KeyPath, isInline: boolean): OpenEntry {
    const start = this.#at
    const { names, ranges } = this.#keys('=')
    const path = [...table, ...names]
    const entry = this.#open({ kind: 'pair', path, keys: ranges }, start, isInline)
    this.#at++
    this.#skipVoid()
    this.#value(entry)
    return entry
  }

  /** The keys up to, but not including, `end`. */
  #keys(end: string): WrittenKeys {
    const names: string[] = []
    const ranges: TextRange[] = []
    while (this.#at < this.#text.length && this.#text[this.#at] !== end) {
      const start = this.#at
      const char = this.#text[start]
      if (char === '"' || char === "'") this.#skipString()
      else if (char === '.' || char === ' ' || char === '\t') this.#at++
      else this.#skipUntil(`.${end} \t`)
      const token = this.#text.slice(start, this.#at)
      if (/^[. \t]$/.test(token)) continue
      names.push(/^["']/.test(token) ? unquoted(token) : token)
      ranges.push({ start, end: this.#at })
    }
    return { names: names.slice(0, maxDepth), ranges: ranges.slice(0, maxDepth) }
  }

  #value(entry: OpenEntry): void {
    const start = this.#at
    const char = this.#text[start]
    if (char === '"' || char === "'") this.#skipString()
    else if (char === '[') this.#array(entry.path)
    else if (char === '{') this.#inlineTable(entry.path)
    else this.#skipUntil(',]}\n#')
    // A bare value ends before the blanks behind it; dates have blanks within.
    const end = start + this.#text.slice(start, this.#at).trimEnd().length
    entry.value = { start, end }
    entry.end = end
  }

  #array(path: KeyPath): void {
    this.#at++
    let last: OpenEntry | undefined
    for (let index = 0; this.#nextIn(']', last); index++) {
      last = this.#open({ kind: 'element', path: [...path, index], keys: [] }, this.#at, true)
      this.#value(last)
    }
  }

  #inlineTable(path: KeyPath): void {
    this.#at++
    let last: OpenEntry | undefined
    while (this.#nextIn('}', last)) last = this.#pair(path, true)
  }

  /** Moves to the next element; false once past `end`. */
  #nextIn(end: string, last: OpenEntry | undefined): boolean {
    this.#skipVoid()
    if (this.#text[this.#at] === ',') {
      if (last !== undefined) last.comma = this.#at
      this.#at++
      this.#skipVoid()
    }
    if (this.#at >= this.#text.length) return false
    if (this.#text[this.#at] !== end) return true
    this.#at++
    return false
  }

  #open(entry: Pick<TomlEntry, 'kind' | 'path' | 'keys'>, start: number, isInline: boolean): OpenEntry {
    const opened = { ...entry, start, end: start, value: { start, end: start }, isInline, comma: undefined }
    this.#entries.push(opened)
    return opened
  }

  #skipString(): void {
    const quote = this.#text.charAt(this.#at)
    const isMultiline = this.#text.startsWith(quote.repeat(3), this.#at)
    const end = isMultiline ? quote.repeat(3) : quote
    this.#at += end.length
    while (this.#at < this.#text.length && !this.#text.startsWith(end, this.#at)) {
      this.#at += quote === '"' && this.#text[this.#at] === '\\' ? 2 : 1
    }
    this.#at += end.length
    // Up to two quotes may stand before the closing three.
    if (!isMultiline) return
    for (let extra = 0; extra < 2 && this.#text[this.#at] === quote; extra++) this.#at++
  }

  #skipUntil(ends: string): void {
    do this.#at++
    while (this.#at < this.#text.length && !ends.includes(this.#text.charAt(this.#at)))
  }

  #skipVoid(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text.charAt(this.#at)
      if (char === '#') this.#skipUntil('\n')
      else if (!' \t\r\n\uFEFF'.includes(char)) return
    }
  }
}

function unquoted(token: string): string {
  const { key } = parse(`key = ${token}`)
  return typeof key === 'string' ? key : token
}
