import { hash } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { Database } from 'better-sqlite3'
import type { BatchOutcome } from '../sync/ports.ts'
import { encodeContent } from './content-encoding.ts'
import type { ContentEncoding } from './content-encoding.ts'
import { epochCounters } from './write-epochs.ts'
import { failureWriter } from './write-failures.ts'
import type { WriteChange, WriterState } from './write-changes.ts'
import type { PackedBatch, PackedRows } from './writer-protocol.ts'

interface Prepared {
  readonly sha256: Buffer
  readonly octets: number
  readonly encoding: ContentEncoding
  readonly data: Uint8Array
}

interface ExistingPlacement {
  readonly content: number
  readonly removed_at: number | null
}

function placementStatements(database: Database) {
  return {
    findContent: database.prepare<[Buffer], number>('SELECT id FROM content WHERE sha256 = ?').pluck(),
    addContent: database.prepare<[Buffer, number, string, Uint8Array]>(
      'INSERT INTO content (sha256, octets, encoding, data) VALUES (?, ?, ?, ?)',
    ),
    addPlacement: database.prepare(
      `INSERT INTO placement (epoch, uid, content, flags, keywords, labels, internal_date, internal_date_offset,
         internal_date_text, modseq, size, provider_id, first_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    existing: database.prepare<[number, number], ExistingPlacement>(
      'SELECT content, removed_at FROM placement WHERE epoch = ? AND uid = ?',
    ),
    revive: database.prepare(
      `UPDATE placement SET content = ?, flags = ?, keywords = ?, labels = ?, modseq = ?, removed_at = NULL
       WHERE epoch = ? AND uid = ?`,
    ),
  }
}

const micros = (fromMs: number, toMs: number): number => Math.round((toMs - fromMs) * 1000)

/** One batch, one transaction: contents, placements, failures and their change rows. Hashing and compressing are done
 *  before it begins, so that it is short (F19). A placement that is there already counts as success (F59). */
export function batchWriter(
  database: Database,
  state: WriterState & { readonly compress: boolean },
  writeChange: WriteChange,
): (batch: PackedBatch) => BatchOutcome {
  const statements = placementStatements(database)
  const counters = epochCounters(database)
  const failures = failureWriter(database, state)

  const storeContent = ({ sha256, octets, encoding, data }: Prepared): { id: number; isNew: boolean } => {
    const known = statements.findContent.get(sha256)
    if (known !== undefined) return { id: known, isNew: false }
    return { id: Number(statements.addContent.run(sha256, octets, encoding, data).lastInsertRowid), isNew: true }
  }

  const storePlacement = (epoch: number, row: Row, content: number): 'added' | 'revived' | 'held' => {
    const { changes } = statements.addPlacement.run(
      epoch, row.uid, content, row.flags, row.keywords, row.labels, row.date, row.dateOffset, row.dateText,
      row.modseq, row.size, row.providerId, state.now(),
    ) // prettier-ignore
    if (changes > 0) return 'added'
    if (statements.existing.get(epoch, row.uid)?.removed_at === null) return 'held'
    statements.revive.run(content, row.flags, row.keywords, row.labels, row.modseq, epoch, row.uid)
    return 'revived'
  }

  const write = database.transaction((batch: PackedBatch, prepared: readonly Prepared[]) => {
    const { epoch } = batch
    const mailbox = counters.mailboxOf(epoch)
    const hasFailures = failures.any(epoch)
    const count = { added: 0, revived: 0, held: 0, newContents: 0 }
    prepared.forEach((content, index) => {
      const row = rowAt(batch.rows, index)
      const { id, isNew } = storeContent(content)
      if (isNew) count.newContents++
      const outcome = storePlacement(epoch, row, id)
      count[outcome]++
      if (hasFailures) failures.clear(epoch, row.uid)
      if (outcome === 'held') return
      const after = `{"message":${id},"flags":${row.flags},"keywords":${row.keywords}${row.labels === null ? '' : `,"labels":${row.labels}`}}`
      writeChange({ kind: 'message-added', mailbox, epoch, uid: row.uid, after })
    })
    for (const failure of batch.failures) failures.record(epoch, failure)
    counters.add(epoch, count.added + count.revived, -count.revived)
    return count
  })

  return (batch) => {
    const begun = performance.now()
    const views = viewsOf(batch)
    const hashes = views.map((view) => hash('sha256', view, 'buffer'))
    const hashed = performance.now()
    const prepared = views.map((view, index) => ({
      sha256: hashes[index] ?? Buffer.alloc(0),
      octets: view.length,
      ...encodeContent(view, state.compress),
    }))
    const compressed = performance.now()
    const { added, revived, newContents } = write.immediate(batch, prepared)
    return {
      added: added + revived,
      newContents,
      octets: batch.starts.at(-1) ?? 0,
      cost: {
        hashMicros: micros(begun, hashed),
        compressMicros: micros(hashed, compressed),
        sqliteMicros: micros(compressed, performance.now()),
        commitMicros: 0,
      },
    }
  }
}

function viewsOf({ pack, starts }: PackedBatch): readonly Buffer[] {
  const views: Buffer[] = []
  for (let index = 0; index + 1 < starts.length; index++) {
    const start = starts[index] ?? 0
    views.push(Buffer.from(pack, start, (starts[index + 1] ?? start) - start))
  }
  return views
}

type Row = ReturnType<typeof rowAt>

/** The index-th row; flags that were not told are none (they come with the next flags). */
function rowAt(rows: PackedRows, index: number) {
  return {
    uid: rows.uids[index] ?? 0,
    flags: rows.flags[index] ?? '[]',
    keywords: rows.keywords[index] ?? '[]',
    labels: rows.labels[index] ?? null,
    modseq: rows.modseqs[index] ?? null,
    date: rows.dates[index] ?? null,
    dateOffset: rows.dateOffsets[index] ?? null,
    dateText: rows.dateTexts[index] ?? null,
    size: rows.sizes[index] ?? null,
    providerId: rows.providerIds[index] ?? null,
  }
}
