import type { Address } from '../search/extracted-message.ts'
import type { FoundMessage } from '../search/search-stores.ts'
import type { SnippetPiece } from '../search/snippet.ts'
import type { StoredPlacement } from '../model/stored-message.ts'
import { truncateEnd, textWidth } from './cell-width.ts'
import { formatLocalTime } from './format-date.ts'
import { messageObject } from './message-json.ts'
import { safeJson, safeText } from './safe-text.ts'
import type { Style } from './style.ts'
import { renderTable } from './table.ts'

/** A message that was found, as it is shown. */
export interface SearchRow {
  readonly found: FoundMessage
  /** What a user calls it: `42`, `STORE:42`. */
  readonly name: string
  readonly snippet: readonly SnippetPiece[]
}

export interface SearchPageLayout {
  readonly columns: number
  readonly style: Style
  /** Accounts are named where there are several. */
  readonly withAccounts: boolean
}

const indent = '    '

/** Of sender and mailbox, so that the subject has the most room. */
function widestPlace(columns: number): number {
  return columns < 120 ? 16 : 28
}

/** A table of two lines for each message: what it is, and the text around the match. */
export function searchPage(rows: readonly SearchRow[], layout: SearchPageLayout): readonly string[] {
  if (rows.length === 0) return []
  const { columns, style, withAccounts } = layout
  const lines = renderTable({
    columns: [
      { title: 'ID', align: 'right' },
      { title: 'Date', align: 'left' },
      { title: 'From', align: 'left' },
      { title: 'Subject', align: 'left', shrink: 'end' },
      { title: 'Mailbox', align: 'left' },
    ],
    rows: rows.map(({ found, found: { message }, name }) => [
      { text: name, paint: style.dim },
      { text: message.date === undefined ? 'no date' : formatLocalTime(message.date * 1000).slice(0, 10) },
      { text: truncateEnd(senderText(message.from), widestPlace(columns)) },
      { text: subjectText(found), ...(isUnread(message.placements) ? { paint: style.bold } : {}) },
      { text: truncateEnd(placesText(message.placements, withAccounts), widestPlace(columns)), paint: style.dim },
    ]),
    width: columns,
    paintTitle: style.dim,
  })
  const [title = '', ...own] = lines
  return [title, ...own.flatMap((line, index) => [line, ...snippetLine(rows[index]?.snippet ?? [], layout)])]
}

/** A line of JSON for scripts. */
export function searchJson({ found: { store, message, threadMessages }, name, snippet }: SearchRow): string {
  const text = snippet.map((piece) => piece.text).join('')
  const object = messageObject({ ...message, id: store.name === undefined ? message.id : name, snippet: text })
  return safeJson(threadMessages === undefined ? object : { ...object, threadMessages })
}

function snippetLine(pieces: readonly SnippetPiece[], { columns, style }: SearchPageLayout): readonly string[] {
  let room = columns - indent.length - 1
  let line = ''
  for (const { text, matched } of pieces) {
    const safe = safeText(text)
    const shown = truncateEnd(safe, room)
    line += (matched ? style.bold : style.dim)(shown)
    room -= textWidth(shown)
    if (shown !== safe || room <= 0) break
  }
  return line === '' ? [] : [`${indent}${line}`]
}

/** Somebody who calls himself by another's address is shown with his own (S15): beside a long name it would be cut off. */
export function senderText(from: readonly Address[]): string {
  const [first, ...others] = from.map(({ name, address }) => {
    if (name === '' || address === '') return name === '' ? address : name
    return name.includes('@') ? address : name
  })
  if (first === undefined) return '(nobody)'
  return others.length === 0 ? first : `${first} +${others.length}`
}

export function subjectText({ message, threadMessages = 1 }: FoundMessage): string {
  const subject = message.subject === undefined || message.subject.trim() === '' ? '(no subject)' : message.subject
  return threadMessages > 1 ? `(${threadMessages}) ${subject}` : subject
}

export function isUnread(placements: readonly StoredPlacement[]): boolean {
  const present = placements.filter(({ removedAt }) => removedAt === undefined)
  return present.length > 0 && !present.some(({ flags }) => flags.includes(String.raw`\Seen`))
}

function placesText(placements: readonly StoredPlacement[], withAccounts: boolean): string {
  const [first, ...others] = placements
  if (first === undefined) return ''
  const place = withAccounts ? `${first.account}/${first.mailbox}` : first.mailbox
  const removed = first.removedAt === undefined ? '' : ' (removed)'
  return `${place}${others.length === 0 ? '' : ` +${others.length}`}${removed}`
}
