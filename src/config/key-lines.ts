import { parse } from 'smol-toml'

/** Keys from the top of the file; numbers are indexes of arrays. */
export type KeyPath = readonly (string | number)[]

/** No key of the config lies deeper; what does is found at its ancestor. */
const maxDepth = 8

/** Finds the line, counted from 1, of a path or of its nearest ancestor that stands in the text; undefined for neither.
 *  `text` must be TOML that the parser has accepted; it is read once. */
export function locateKeys(text: string): (path: KeyPath) => number | undefined {
  const lines = new KeyScanner(text).scan()
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const line = lines.get(pathId(path.slice(0, length)))
      if (line !== undefined) return line
    }
    return undefined
  }
}

function pathId(path: KeyPath): string {
  return JSON.stringify(path)
}

/** Walks over a TOML text just closely enough to know where each key stands: headers, dotted and quoted keys, inline
 *  tables, elements of arrays. */
class KeyScanner {
  readonly #text: string
  #at = 0
  #lineAt = 0
  #line = 1
  readonly #lines = new Map<string, number>()
  /** How many tables each array of tables has so far. */
  readonly #tableCounts = new Map<string, number>()

  constructor(text: string) {
    this.#text = text
  }

  scan(): ReadonlyMap<string, number> {
    let table: KeyPath = []
    for (this.#skipVoid(); this.#at < this.#text.length; this.#skipVoid()) {
      if (this.#text[this.#at] === '[') table = this.#header()
      else this.#pair(table)
    }
    return this.#lines
  }

  #header(): KeyPath {
    const line = this.#currentLine()
    const isArray = this.#text.startsWith('[[', this.#at)
    this.#at += isArray ? 2 : 1
    const keys = this.#keys(']')
    this.#at += isArray ? 2 : 1
    const parent = this.#resolve(keys.slice(0, -1))
    const path = [...parent, ...keys.slice(-1)]
    this.#note(path, line)
    if (!isArray) return path
    const count = (this.#tableCounts.get(pathId(path)) ?? 0) + 1
    this.#tableCounts.set(pathId(path), count)
    this.#note([...path, count - 1], line)
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

  #pair(table: KeyPath): void {
    const line = this.#currentLine()
    const path = [...table, ...this.#keys('=')]
    this.#at++
    this.#note(path, line)
    this.#skipVoid()
    this.#value(path)
  }

  /** The keys up to, but not including, `end`. */
  #keys(end: string): string[] {
    const keys: string[] = []
    while (this.#at < this.#text.length && this.#text[this.#at] !== end) {
      const start = this.#at
      const char = this.#text[start]
      if (char === '"' || char === "'") this.#skipString()
      else if (char === '.' || char === ' ' || char === '\t') this.#at++
      else this.#skipUntil(`.${end} \t`)
      const token = this.#text.slice(start, this.#at)
      if (/^[. \t]$/.test(token)) continue
      keys.push(/^["']/.test(token) ? unquoted(token) : token)
    }
    return keys.slice(0, maxDepth)
  }

  #value(path: KeyPath): void {
    const char = this.#text[this.#at]
    if (char === '"' || char === "'") this.#skipString()
    else if (char === '[') this.#array(path)
    else if (char === '{') this.#inlineTable(path)
    else this.#skipUntil(',]}\n#')
  }

  #array(path: KeyPath): void {
    this.#at++
    for (let index = 0; this.#nextIn(']'); index++) {
      this.#note([...path, index], this.#currentLine())
      this.#value([...path, index])
    }
  }

  #inlineTable(path: KeyPath): void {
    this.#at++
    while (this.#nextIn('}')) this.#pair(path)
  }

  /** Moves to the next element; false once past `end`. */
  #nextIn(end: string): boolean {
    this.#skipVoid()
    if (this.#text[this.#at] === ',') {
      this.#at++
      this.#skipVoid()
    }
    if (this.#at >= this.#text.length) return false
    if (this.#text[this.#at] !== end) return true
    this.#at++
    return false
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

  #currentLine(): number {
    for (; this.#lineAt < this.#at; this.#lineAt++) if (this.#text[this.#lineAt] === '\n') this.#line++
    return this.#line
  }

  /** Tables that are only implied by a longer key are found where they were first implied. */
  #note(path: KeyPath, line: number): void {
    if (path.length > maxDepth) return
    for (let length = 1; length < path.length; length++) {
      const id = pathId(path.slice(0, length))
      if (!this.#lines.has(id)) this.#lines.set(id, line)
    }
    this.#lines.set(pathId(path), line)
  }
}

function unquoted(token: string): string {
  const { key } = parse(`key = ${token}`)
  return typeof key === 'string' ? key : token
}
