import type { NewAccount } from '../setup/new-account.ts'
import { accountLines, inlineAccount, tomlKey } from './account-lines.ts'
import { tomlEntries } from './toml-entries.ts'
import type { TextRange, TomlEntry } from './toml-entries.ts'

// Changes of a config's text that leave every other line as it is. Each text must be TOML that the parser has accepted.

interface Edit extends TextRange {
  readonly text: string
}

/** The text with one account more, at its end. */
export function withAccount(text: string, account: NewAccount): string {
  const table = tomlEntries(text).find(({ path, kind }) => kind === 'pair' && path.length === 1 && isAccounts(path))
  if (table !== undefined) return withInlineAccount(text, table, account)
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
  const gap = text === '' || text === '\uFEFF' ? '' : text.endsWith('\n') ? lineEnd : lineEnd.repeat(2)
  return `${text}${gap}${accountLines(account)
    .map((line) => `${line}${lineEnd}`)
    .join('')}`
}

/** As the last one of `accounts = { … }`, to which TOML allows nothing to be added elsewhere. */
function withInlineAccount(text: string, table: TomlEntry, account: NewAccount): string {
  const below = tomlEntries(text).filter((entry) => isDirectlyIn(entry, table))
  const entry = `${tomlKey(account.name)} = ${inlineAccount(account)}`
  const last = below.at(-1)
  if (last === undefined) {
    return applied(text, [{ start: table.value.start + 1, end: table.value.start + 1, text: ` ${entry} ` }])
  }
  const at = last.comma === undefined ? last.end : last.comma + 1
  return applied(text, [{ start: at, end: at, text: `${last.comma === undefined ? ',' : ''} ${entry}` }])
}

/** The text without an account: without its tables and keys, and the comments among them. */
export function withoutAccount(text: string, name: string): string {
  let rest = text
  // In an inline table each removal moves what a comma belongs to.
  for (;;) {
    const inline = tomlEntries(rest).find((entry) => entry.isInline && isOf(entry, name))
    if (inline === undefined) break
    rest = applied(rest, inlineRemoval(rest, inline))
  }
  return applied(rest, lineRemovals(rest, name))
}

function inlineRemoval(text: string, entry: TomlEntry): readonly Edit[] {
  if (entry.comma !== undefined) return [{ start: entry.start, end: afterBlanks(text, entry.comma + 1), text: '' }]
  const before = tomlEntries(text).findLast((other) => other.comma !== undefined && other.comma < entry.start)
  const isSibling =
    before?.comma !== undefined && /^\s*(?:#[^\n]*\s*)*$/.test(text.slice(before.comma + 1, entry.start))
  const own = { start: entry.start, end: entry.end, text: '' }
  return isSibling ? [{ start: before.comma, end: before.comma + 1, text: '' }, own] : [own]
}

function afterBlanks(text: string, from: number): number {
  return from + (/^[ \t]*/.exec(text.slice(from))?.[0].length ?? 0)
}

function lineRemovals(text: string, name: string): readonly Edit[] {
  const statements = tomlEntries(text).filter(({ isInline }) => !isInline)
  const edits: Edit[] = []
  // The header of an array of tables is told twice: as the array and as its newest table.
  let isOwnTable = false
  for (const entry of statements) {
    const isOwn = isOf(entry, name)
    const last = edits.at(-1)
    const range = { start: lineStart(text, entry.start), end: lineEnd(text, entry.end) }
    // What stands between a header of the account and the last key of that table goes with them.
    if (isOwn && entry.kind === 'pair' && isOwnTable && last !== undefined) {
      edits[edits.length - 1] = { ...last, end: range.end }
    } else if (isOwn && last?.start !== range.start) edits.push({ ...range, text: '' })
    if (entry.kind === 'header') isOwnTable = isOwn
  }
  return edits.map((edit) => ({ ...edit, end: withoutGap(text, edit) }))
}

/** One blank line less where two would meet, or one would end the file. */
function withoutGap(text: string, { start, end }: TextRange): number {
  if (!/(?:^|\n)\r?\n$/.test(text.slice(0, start)) && start !== 0) return end
  return end + (/^\r?\n/.exec(text.slice(end))?.[0].length ?? 0)
}

/** The text with another name for an account. */
export function withRenamedAccount(text: string, from: string, to: string): string {
  const written = tomlEntries(text).flatMap((entry) => {
    if (!isOf(entry, from)) return []
    // A header is written from the top, whatever numbers of tables its path has besides.
    const above = entry.kind === 'header' ? 0 : entry.path.length - entry.keys.length
    const range = entry.keys[1 - above]
    return range === undefined ? [] : [{ ...range, text: tomlKey(to) }]
  })
  const unique = new Map(written.map((edit) => [edit.start, edit]))
  return applied(text, [...unique.values()])
}

function isAccounts(path: TomlEntry['path']): boolean {
  return path[0] === 'accounts'
}

function isOf({ path }: TomlEntry, name: string): boolean {
  return isAccounts(path) && path[1] === name
}

function isDirectlyIn(entry: TomlEntry, table: TomlEntry): boolean {
  const isWithin = entry.start > table.value.start && entry.end <= table.value.end
  return isWithin && entry.path.length - entry.keys.length === table.path.length
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end + 1
}

/** Ranges must not overlap. */
function applied(text: string, edits: readonly Edit[]): string {
  return edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((rest, { start, end, text: replacement }) => rest.slice(0, start) + replacement + rest.slice(end), text)
}
