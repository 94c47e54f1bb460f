import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { CallFrame } from './cpu-profile.ts'

/** Names functions by where they stand in our own sources: `fetchMessages imap/fetch-messages.ts:21`. Maps are read from beside the built
 *  files; code without one keeps the place that V8 tells. */
export class SourceNames {
  readonly #maps = new Map<string, SourceMap | undefined>()

  of({ functionName, url, lineNumber, columnNumber }: CallFrame): string {
    const name = functionName === '' ? '(anonymous)' : functionName
    if (url === '') return name
    const entry = this.#mapOf(url)?.findEntry(lineNumber, columnNumber)
    const isFound = entry !== undefined && 'originalSource' in entry
    const [path, line] = isFound ? [entry.originalSource, entry.originalLine] : [url, lineNumber]
    return `${name} ${shortPath(path)}:${line + 1}`
  }

  #mapOf(url: string): SourceMap | undefined {
    if (!url.startsWith('file:')) return undefined
    if (!this.#maps.has(url)) this.#maps.set(url, readMap(url))
    return this.#maps.get(url)
  }
}

/** undefined: there is none that can be read. */
function readMap(url: string): SourceMap | undefined {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-argument -- it is checked by whoever reads it
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, 'utf8')))
  } catch {
    return undefined
  }
}

/** The last two levels. */
function shortPath(path: string): string {
  return path.split('/').slice(-2).join('/')
}
