import type { Change } from '../../src/model/change.ts'
import Sqlite from 'better-sqlite3'
import { openStoreReader } from '../../src/store/sqlite-store-reader.ts'

/** Path, uidValidity and uid of present placements, each with its message and flags. */
export type Placements = Readonly<Record<string, unknown>>

type Live = Map<string, Map<string, unknown>>

const textOf = (value: unknown, key: string): string =>
  typeof value === 'object' && value !== null ? String(Object.entries(value).find(([name]) => name === key)?.[1]) : ''

/** What a reader of the log, who knows nothing but its rows, takes for present. */
export function replayedPlacements(path: string): Placements {
  const live: Live = new Map()
  const reader = openStoreReader({ path, allowNetwork: false })
  for (const change of reader.changes({ afterSeq: 0 })) apply(live, change)
  reader.close()
  const all = [...live].flatMap(([mailbox, its]) =>
    [...its].map(([key, value]) => [`${mailbox}/${key}`, value] as const),
  )
  return Object.fromEntries(all.toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

function apply(live: Live, change: Change): void {
  if (change.kind === 'mailbox-renamed') {
    const from = textOf(change.before, 'path')
    live.set(change.mailbox, live.get(from) ?? new Map<string, unknown>())
    live.delete(from)
  }
  const its = live.get(change.mailbox) ?? new Map<string, unknown>()
  live.set(change.mailbox, its)
  const key = `${change.uidValidity}/${change.uid}`
  if (change.kind === 'message-added') its.set(key, change.after)
  if (change.kind === 'message-removed') its.delete(key)
  if (change.kind === 'flags-changed' && typeof change.after === 'object') {
    its.set(key, { message: Number(textOf(its.get(key), 'message')), ...change.after })
  }
  if (change.kind === 'epoch-started') {
    const former = `${textOf(change.before, 'uidValidity')}/`
    for (const known of its.keys()) if (known.startsWith(former)) its.delete(known)
  }
}

const json = (text: string): unknown => JSON.parse(text)

/** What the tables hold as present. */
export function storedPlacements(path: string): Placements {
  const database = new Sqlite(path, { readonly: true })
  const rows = database
    .prepare<[], { key: string; message: number; flags: string; keywords: string; labels: string | null }>(
      `SELECT path || '/' || uid_validity || '/' || uid AS key, content AS message, flags, keywords, labels
       FROM placement JOIN epoch ON epoch.id = epoch JOIN mailbox ON mailbox.id = mailbox
       WHERE removed_at IS NULL ORDER BY 1`,
    )
    .all()
  database.close()
  return Object.fromEntries(
    rows.map(({ key, message, flags, keywords, labels }) => [
      key,
      { message, flags: json(flags), keywords: json(keywords), ...(labels === null ? {} : { labels: json(labels) }) },
    ]),
  )
}
