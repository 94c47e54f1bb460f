import type { StoredPlacement } from '../model/stored-message.ts'
import { toIso } from '../model/instant.ts'
import { parseTexts, toInternalDate } from './stored-values.ts'
import type { InternalDateColumns } from './stored-values.ts'

export interface PlacementRow extends InternalDateColumns {
  readonly account: string
  readonly path: string
  readonly uid_validity: number
  readonly uid: number
  readonly flags: string
  readonly keywords: string
  readonly labels: string | null
  readonly first_seen: number
  readonly removed_at: number | null
}

/** The columns of a `PlacementRow`, where they come from, and the beginning of a condition. */
export function placementColumns(condition: string): string {
  return `account.name AS account, mailbox.path, epoch.uid_validity, uid, flags, keywords, labels, internal_date,
    internal_date_offset, internal_date_text, placement.first_seen, removed_at
  FROM placement JOIN epoch ON epoch.id = placement.epoch JOIN mailbox ON mailbox.id = epoch.mailbox
    JOIN account ON account.id = mailbox.account
  WHERE ${condition}`
}

export function toPlacement(row: PlacementRow): StoredPlacement {
  return {
    account: row.account,
    mailbox: row.path,
    uidValidity: row.uid_validity,
    uid: row.uid,
    flags: parseTexts(row.flags),
    keywords: parseTexts(row.keywords),
    labels: parseTexts(row.labels),
    internalDate: toInternalDate(row),
    firstSeen: toIso(row.first_seen),
    removedAt: row.removed_at === null ? undefined : toIso(row.removed_at),
  }
}
