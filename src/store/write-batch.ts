import { hash } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { Database } from 'better-sqlite3'
import { noCost } from '../model/lane.ts'
import type { WriterCost } from '../model/lane.ts'
import type { BatchOutcome } from '../sync/ports.ts'
import { encodeContent } from './content-encoding.ts'
import type { EncodedContent } from './content-encoding.ts'
import type { WriteChange, WriterState } from './write-changes.ts'
import { contentWriter } from './write-contents.ts'
import type { ContentToWrite } from './write-contents.ts'
import { epochCounters } from './write-epochs.ts'
import { failureWriter } from './write-failures.ts'
import { flagsJson } from './write-flags.ts'
import { placementWriter } from './write-placements.ts'
import type { PlacementToWrite } from './write-placements.ts'
import type { PackedBatch, PackedRows, Work } from './writer-protocol.ts'

const micros = (fromMs: number, toMs: number): number => Math.round((toMs - fromMs) * 1000)

export interface BatchWriterParts {
  readonly state: WriterState
  readonly writeChange: WriteChange
  readonly compress: boolean
}

/** One batch: contents, placements, failures and their change rows. Hashing and compressing are done before the
 *  transaction begins, so that it is short (F19).
 *
 *  A placement that is there already counts as success (F59) and keeps its octets. If the server now sends other octets
 *  under the same UID (F43), those are stored too, and a failure record names them: the mailbox is not complete until
 *  someone has looked. Only a placement that was removed takes the octets with which it comes back. */
export function batchWriter(
  database: Database,
  { state, writeChange, compress }: BatchWriterParts,
): (batch: PackedBatch) => Work<BatchOutcome> {
  const counters = epochCounters(database)
  const failures = failureWriter(database, state)
  const storeContent = contentWriter(database)
  const storePlacement = placementWriter(database)

  const write = (batch: PackedBatch, contents: readonly ContentToWrite[]) => {
    const { epoch } = batch
    const mailbox = counters.mailboxOf(epoch)
    const now = state.now()
    const mayHaveFailed = failures.any(epoch)
    const count = { added: 0, revived: 0, newContents: 0 }
    const place = (row: PlacementToWrite): void => {
      const { content: id } = row
      const held = storePlacement(row)
      if (held.outcome === 'differs') {
        failures.record(epoch, { uid: row.uid, reason: `the server now sends other octets, kept as message ${id}` })
        return
      }
      if (mayHaveFailed) failures.clear(epoch, row.uid)
      if (held.outcome === 'held') return
      count[held.outcome]++
      const before = held.former ?? null
      const after = `{"message":${id},${flagsJson(row)}}`
      writeChange({ kind: 'message-added', mailbox, epoch, uid: row.uid, before, after })
    }
    contents.forEach((content, index) => {
      const { id, isNew } = storeContent(content)
      if (isNew) count.newContents++
      place(placementAt(batch.rows, index, { epoch, content: id, now }))
    })
    batch.linkedContents.forEach((content, index) => {
      place(placementAt(batch.linkedRows, index, { epoch, content, now }))
    })
    for (const failure of batch.failures) failures.record(epoch, failure)
    counters.add(epoch, count.added + count.revived, -count.revived)
    return count
  }

  return (batch) => {
    const cost = { ...noCost }
    const contents = prepareContents(batch, compress, cost)
    return {
      run: () => {
        const begun = performance.now()
        const { added, revived, newContents } = write(batch, contents)
        cost.sqliteMicros = micros(begun, performance.now())
        return { added: added + revived, newContents, octets: batch.starts.at(-1) ?? 0, cost }
      },
      committed: ({ commitMicros, commits }) => {
        cost.commitMicros = commitMicros
        cost.commits = commits
      },
    }
  }
}

type Cost = { -readonly [Part in keyof WriterCost]: WriterCost[Part] }

/** Hashes and encodes the octets where they lie. */
function prepareContents(batch: PackedBatch, compress: boolean, cost: Cost): readonly ContentToWrite[] {
  const { pack, starts } = batch
  const begun = performance.now()
  const hashed: { readonly sha256: Buffer; readonly view: Buffer }[] = []
  for (let index = 0; index + 1 < starts.length; index++) {
    const start = starts[index] ?? 0
    const view = Buffer.from(pack, start, (starts[index + 1] ?? start) - start)
    hashed.push({ sha256: hash('sha256', view, 'buffer'), view })
  }
  const afterHash = performance.now()
  const contents = hashed.map(({ sha256, view }) => {
    const { encoding, data }: EncodedContent = encodeContent(view, compress)
    return { sha256, octets: view.length, encoding, data }
  })
  cost.hashMicros = micros(begun, afterHash)
  cost.compressMicros = micros(afterHash, performance.now())
  return contents
}

/** The index-th row; flags that were not told are none (they come with the next flags). */
function placementAt(
  rows: PackedRows,
  index: number,
  { epoch, content, now }: Pick<PlacementToWrite, 'epoch' | 'content' | 'now'>,
): PlacementToWrite {
  return {
    epoch,
    uid: rows.uids[index] ?? 0,
    content,
    flags: rows.flags[index] ?? '[]',
    keywords: rows.keywords[index] ?? '[]',
    labels: rows.labels[index] ?? null,
    modseq: rows.modseqs[index] ?? null,
    date: rows.dates[index] ?? null,
    dateOffset: rows.dateOffsets[index] ?? null,
    dateText: rows.dateTexts[index] ?? null,
    size: rows.sizes[index] ?? null,
    providerId: rows.providerIds[index] ?? null,
    threadId: rows.threadIds[index] ?? null,
    now,
  }
}
