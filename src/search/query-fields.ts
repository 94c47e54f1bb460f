import type { FlagState, Query, TextField } from '../model/query.ts'
import { toWords } from '../model/words.ts'
import { parseDateSpan } from './date-span.ts'
import { QueryError } from './query-error.ts'
import type { Token } from './query-tokens.ts'

type FieldToken = Extract<Token, { kind: 'field' }>
type TextToken = Extract<Token, { kind: 'text' }>
type Reader = (value: TextToken, field: FieldToken, nowMs: number) => Query

/** Words to look for; a star at the end asks for what begins so. */
export function readWords(value: TextToken, field: TextField | undefined): Query {
  const prefix = value.text.endsWith('*')
  const text = value.text.replace(/\*+$/, '')
  if (toWords(text).length > 0) return { kind: 'text', field, text, prefix }
  throw new QueryError(value.offset, `"${value.text}" has no letter and no digit that could be looked for`)
}

const inText =
  (field: TextField): Reader =>
  (value) =>
    readWords(value, field)

const placed =
  (kind: 'mailbox' | 'account' | 'label'): Reader =>
  ({ text }) => ({ kind, glob: text })

const flags: ReadonlyMap<string, FlagState> = new Map([
  ['unread', 'unread'],
  ['unseen', 'unread'],
  ['read', 'read'],
  ['seen', 'read'],
  ['flagged', 'flagged'],
  ['starred', 'flagged'],
  ['answered', 'answered'],
  ['replied', 'answered'],
  ['draft', 'draft'],
])

const readers: Readonly<Record<string, Reader>> = {
  subject: inText('subject'),
  from: inText('from'),
  to: inText('to'),
  cc: inText('cc'),
  body: inText('body'),
  filename: inText('filename'),
  mailbox: placed('mailbox'),
  in: (value, field, nowMs) =>
    value.text.toLowerCase() === 'anywhere' ? { kind: 'anywhere' } : placed('mailbox')(value, field, nowMs),
  account: placed('account'),
  label: placed('label'),
  list: ({ text }) => ({ kind: 'list', text }),
  'message-id': ({ text }) => ({ kind: 'message-id', id: text.replace(/^<(.*)>$/, '$1') }),
  is: readState,
  has: readHas,
  larger: (value) => ({ kind: 'larger', octets: readSize(value) }),
  smaller: (value) => ({ kind: 'smaller', octets: readSize(value) }),
  after: (value, _, nowMs) => ({ kind: 'date', since: readSpan(value, nowMs).since, before: undefined }),
  newer: (value, _, nowMs) => ({ kind: 'date', since: readSpan(value, nowMs).since, before: undefined }),
  before: (value, _, nowMs) => ({ kind: 'date', since: undefined, before: readSpan(value, nowMs).since }),
  older: (value, _, nowMs) => ({ kind: 'date', since: undefined, before: readSpan(value, nowMs).since }),
  on: (value, _, nowMs) => ({ kind: 'date', ...readSpan(value, nowMs) }),
}

export const fieldNames: ReadonlySet<string> = new Set(Object.keys(readers))

/** What `name:value` asks for. Throws QueryError. */
export function readField(field: FieldToken, value: TextToken, nowMs: number): Query {
  const read = readers[field.name]
  if (read === undefined) throw new QueryError(field.offset, `there is no field ${field.name}:`)
  if (value.text.trim() === '') throw new QueryError(value.offset, `${field.name}: is followed by nothing`)
  return read(value, field, nowMs)
}

function readState({ text, offset }: TextToken): Query {
  const name = text.toLowerCase()
  const state = flags.get(name)
  if (state !== undefined) return { kind: 'flag', state }
  if (name === 'removed') return { kind: 'removed' }
  throw new QueryError(
    offset,
    `is:${text} means nothing`,
    'is: takes unread, read, flagged, answered, draft or removed',
  )
}

function readHas({ text, offset }: TextToken): Query {
  if (/^attachments?$/i.test(text)) return { kind: 'attachment' }
  throw new QueryError(offset, `has:${text} means nothing`, 'has: takes attachment')
}

const sizePattern = /^(\d{1,15}(?:\.\d{1,6})?)([kmg]?)(?:i?b)?$/i
const sizeUnits: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }

function readSize({ text, offset }: TextToken): number {
  const match = sizePattern.exec(text)
  if (match !== null) return Math.round(Number(match[1]) * (sizeUnits[(match[2] ?? '').toLowerCase()] ?? 1))
  throw new QueryError(offset, `"${text}" is no size`, 'sizes are written 500, 10K, 1.5M or 2G')
}

/** In seconds; a message has no finer date. */
function readSpan({ text, offset }: TextToken, nowMs: number): { readonly since: number; readonly before: number } {
  const span = parseDateSpan(text, nowMs)
  if (span !== undefined) return { since: Math.ceil(span.since / 1000), before: Math.ceil(span.before / 1000) }
  throw new QueryError(
    offset,
    `"${text}" is no date`,
    'dates are written 2026-10-05, 2026-10, 2026, 2026-10-05T14:00, 7d, 2w, 3m, 1y, today or yesterday',
  )
}

/** What stands before a colon in ordinary text. */
const ordinary = new Set([
  're',
  'fw',
  'fwd',
  'aw',
  'wg',
  'sv',
  'vs',
  'tr',
  'rv',
  'antw',
  'ref',
  'mailto',
  'tel',
  'urn',
  'doi',
])

/** `form:bob` is a slip that would find nothing without a word (F92); `https://…`, `12:30` and `Re:` are words. */
export function refuseUnknownField({ text, offset }: TextToken): void {
  const [, name = '', value = ''] = /^([a-z][a-z-]+):([^/:].*)$/is.exec(text) ?? []
  if (name === '' || ordinary.has(name.toLowerCase())) return
  const nearest = [...fieldNames].find((known) => isNear(name.toLowerCase(), known))
  throw new QueryError(
    offset,
    `there is no field ${name}:`,
    nearest === undefined
      ? `fields are ${[...fieldNames].join(': ')}:; to look for these words write "${name} ${value}"`
      : `did you mean ${nearest}:? To look for these words write "${name} ${value}"`,
  )
}

/** One letter more, fewer or other, two exchanged, or a beginning. */
function isNear(name: string, known: string): boolean {
  if (known.startsWith(name)) return true
  if (Math.abs(name.length - known.length) > 1) return false
  let start = 0
  while (start < name.length && name[start] === known[start]) start++
  const [left, right] = [name.slice(start), known.slice(start)]
  const isExchanged = left[0] === right[1] && left[1] === right[0] && left.slice(2) === right.slice(2)
  return left.slice(1) === right || left === right.slice(1) || left.slice(1) === right.slice(1) || isExchanged
}
