import type { Database } from 'better-sqlite3'
import type { WriteChange } from './write-changes.ts'
import { epochCounters } from './write-epochs.ts'
import type { PackedRows } from './writer-protocol.ts'

interface StoredFlags {
  readonly flags: string
  readonly keywords: string
  readonly labels: string | null
  readonly modseq: bigint | null
}

/** What the change log says of a placement's flags, without the braces; each value is JSON already. */
export function flagsJson({ flags, keywords, labels }: Omit<StoredFlags, 'modseq'>): string {
  return `"flags":${flags},"keywords":${keywords}${labels === null ? '' : `,"labels":${labels}`}`
}

/** Compares rows with what is stored and writes only what differs, so that a server that tells all flags every time costs
 *  reads only. Rows of UIDs that are not present are left alone. */
export function flagWriter(database: Database, writeChange: WriteChange): (epoch: number, rows: PackedRows) => number {
  const counters = epochCounters(database)
  const stored = database
    .prepare<[number, number], StoredFlags>(
      'SELECT flags, keywords, labels, modseq FROM placement WHERE epoch = ? AND uid = ? AND removed_at IS NULL',
    )
    .safeIntegers()
  const update = database.prepare(
    'UPDATE placement SET flags = ?, keywords = ?, labels = ?, modseq = ? WHERE epoch = ? AND uid = ?',
  )
  const updateModseq = database.prepare('UPDATE placement SET modseq = ? WHERE epoch = ? AND uid = ?')

  return (epoch, rows) => {
    const mailbox = counters.mailboxOf(epoch)
    let differing = 0
    rows.uids.forEach((uid, index) => {
      const before = stored.get(epoch, uid)
      if (before === undefined) return
      const after: StoredFlags = {
        flags: rows.flags[index] ?? before.flags,
        keywords: rows.keywords[index] ?? before.keywords,
        labels: rows.labels[index] ?? before.labels,
        modseq: rows.modseqs[index] ?? before.modseq,
      }
      const [was, is] = [flagsJson(before), flagsJson(after)]
      if (was !== is) {
        update.run(after.flags, after.keywords, after.labels, after.modseq, epoch, uid)
        writeChange({ kind: 'flags-changed', mailbox, epoch, uid, before: `{${was}}`, after: `{${is}}` })
        differing++
      } else if (before.modseq !== after.modseq) updateModseq.run(after.modseq, epoch, uid)
    })
    return differing
  }
}
