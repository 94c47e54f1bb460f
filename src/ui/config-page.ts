import type { Account, Config } from '../model/account.ts'
import { countOf } from './format-count.ts'
import { safeText } from './safe-text.ts'

export interface FoundFile {
  readonly path: string
  /** Permission bits; undefined: there is no such file yet. */
  readonly mode: number | undefined
}

/** What `config check` says of a good file. */
export function configSummary(config: Config, files: readonly FoundFile[]): readonly string[] {
  return [
    `${config.path}: good`,
    `${countOf(config.accounts.length, 'account')}, at most ${countOf(config.connections, 'connection')}`,
    ...config.accounts.flatMap(accountLines),
    ...files.map(fileLine),
  ].map(safeText)
}

function fileLine({ path, mode }: FoundFile): string {
  return mode === undefined ? `${path}: not there yet` : `${path}: mode ${mode.toString(8).padStart(4, '0')}`
}

function accountLines({ name, email, imap, store, mailboxes }: Account): readonly string[] {
  const filter = mailboxes.exclude.length === 0 ? '' : `, except ${mailboxes.exclude.join(', ')}`
  return [
    `  ${name}: ${email}`,
    `    server     ${imap.user} at ${imap.host}:${imap.port} (${imap.security})`,
    `    mailboxes  ${mailboxes.include.join(', ')}${filter}`,
    `    store      ${store}`,
  ]
}

/** A nested value as indented lines, for reading. */
export function valueLines(value: unknown, indent = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`${indent}${scalarText(value)}`]
  if (Array.isArray(value)) return value.flatMap((one) => itemLines(one, indent))
  return Object.entries(value).flatMap(([key, inner]) => entryLines(safeText(key), inner, indent))
}

function itemLines(value: unknown, indent: string): readonly string[] {
  const [first = '', ...rest] = valueLines(value, `${indent}  `)
  return [`${indent}- ${first.trimStart()}`, ...rest]
}

function entryLines(name: string, value: unknown, indent: string): readonly string[] {
  const isNested = typeof value === 'object' && value !== null && Object.keys(value).length > 0
  const isList = Array.isArray(value) && value.every((one) => typeof one !== 'object')
  if (isList || !isNested) return [`${indent}${name}: ${scalarText(value)}`]
  return [`${indent}${name}:`, ...valueLines(value, `${indent}  `)]
}

function scalarText(value: unknown): string {
  if (value === undefined || value === null) return '-'
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(scalarText).join(', ')
  if (typeof value === 'object') return '-'
  return safeText(typeof value === 'string' ? value : JSON.stringify(value))
}
