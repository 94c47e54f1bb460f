import type { Database } from 'better-sqlite3'

export interface PlacementToWrite {
  readonly epoch: number
  readonly uid: number
  readonly content: number
  /** Lists as JSON. */
  readonly flags: string
  readonly keywords: string
  readonly labels: string | null
  readonly modseq: bigint | null
  readonly date: number | null
  readonly dateOffset: number | null
  readonly dateText: string | null
  readonly size: number | null
  readonly providerId: string | null
  readonly threadId: string | null
  readonly now: number
}

/** What became of it: `differs` is a placement that is present with another content, which it keeps. */
export interface StoredPlacement {
  readonly outcome: 'added' | 'revived' | 'held' | 'differs'
  /** JSON, of a revived placement: the content and the date that it had, where they were others. */
  readonly former?: string | undefined
}

interface ExistingPlacement {
  readonly content: number
  readonly removed_at: number | null
  readonly internal_date: number | null
  readonly internal_date_offset: number | null
  readonly internal_date_text: string | null
}

const added: StoredPlacement = { outcome: 'added' }

const columns = `epoch, uid, content, flags, keywords, labels, modseq, internal_date, internal_date_offset,
  internal_date_text, size, provider_id, thread_id, first_seen`

export function placementWriter(database: Database): (placement: PlacementToWrite) => StoredPlacement {
  const add = database.prepare(
    `INSERT INTO placement (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  )
  const existing = database.prepare<[number, number], ExistingPlacement>(
    `SELECT content, removed_at, internal_date, internal_date_offset, internal_date_text
     FROM placement WHERE epoch = ? AND uid = ?`,
  )
  const revive = database.prepare(
    `UPDATE placement SET removed_at = NULL, content = ?, flags = ?, keywords = ?, labels = ?, modseq = ?,
       internal_date = ?, internal_date_offset = ?, internal_date_text = ?, size = ?, provider_id = ?, thread_id = ?
     WHERE epoch = ? AND uid = ?`,
  )
  return (row) => {
    const { changes } = add.run(
      row.epoch, row.uid, row.content, row.flags, row.keywords, row.labels, row.modseq, row.date, row.dateOffset,
      row.dateText, row.size, row.providerId, row.threadId, row.now,
    ) // prettier-ignore
    if (changes > 0) return added
    const before = existing.get(row.epoch, row.uid)
    const isSame = before?.content === row.content
    if (before?.removed_at === null) return { outcome: isSame ? 'held' : 'differs' }
    revive.run(
      row.content, row.flags, row.keywords, row.labels, row.modseq, row.date, row.dateOffset, row.dateText, row.size,
      row.providerId, row.threadId, row.epoch, row.uid,
    ) // prettier-ignore
    return { outcome: 'revived', former: before === undefined ? undefined : formerOf(before, row) }
  }
}

function formerOf(before: ExistingPlacement, row: PlacementToWrite): string | undefined {
  const { content, internal_date: seconds, internal_date_offset: offset, internal_date_text: text } = before
  const isSameDate = seconds === row.date && offset === row.dateOffset && text === row.dateText
  const former = {
    ...(content === row.content ? {} : { message: content }),
    ...(isSameDate ? {} : { internalDate: { seconds, offset, text } }),
  }
  return Object.keys(former).length === 0 ? undefined : JSON.stringify(former)
}
