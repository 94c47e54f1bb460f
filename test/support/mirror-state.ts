import { createHash } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import type { MailStore } from '../../src/demo/mail-store.ts'
import { parseInternalDate, splitFlags } from '../../src/model/message.ts'

/** What is known of one placement, in a form that can be compared. */
export interface PlacementState {
  readonly sha256: string
  readonly flags: readonly string[]
  /** Seconds since 1970. */
  readonly internalDate: number | undefined
}

/** Placements by `wire path/uidValidity/uid`. */
export type MailboxesState = Readonly<Record<string, PlacementState>>

interface Row {
  readonly wire_path: string
  readonly uid_validity: number
  readonly uid: number
  readonly sha256: Buffer
  readonly encoding: string
  readonly content: number
  readonly data: Buffer
  readonly flags: string
  readonly keywords: string
  readonly internal_date: number | null
}

const sha256 = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex')

/** What the mirror holds as present (or as removed), read by plain SQL: the hash is that of the octets as stored, not the
 *  one that the store claims. */
export function mirrorState(storePath: string, which: 'present' | 'removed' = 'present'): MailboxesState {
  const database = new Sqlite(storePath, { readonly: true })
  try {
    const rows = database
      .prepare<[], Row>(
        `SELECT wire_path, uid_validity, uid, sha256, encoding, content, data, flags, keywords, internal_date FROM placement
         JOIN epoch ON epoch.id = placement.epoch JOIN mailbox ON mailbox.id = epoch.mailbox
         JOIN content ON content.id = placement.content
         WHERE removed_at IS ${which === 'present' ? '' : 'NOT'} NULL ORDER BY wire_path, uid_validity, uid`,
      )
      .all()
    const parts = database
      .prepare<[number], Buffer>('SELECT data FROM content_part WHERE content = ? ORDER BY part')
      .pluck()
    return Object.fromEntries(
      rows.map((row) => toEntry(row.data.length === 0 ? { ...row, data: Buffer.concat(parts.all(row.content)) } : row)),
    )
  } finally {
    database.close()
  }
}

function toEntry(row: Row): [string, PlacementState] {
  const octets = row.encoding === 'zstd' ? zstdDecompressSync(row.data) : row.data
  const hash = sha256(octets)
  if (hash !== row.sha256.toString('hex')) throw new Error(`UID ${row.uid} of ${row.wire_path} is damaged`)
  const flags = [...toStrings(JSON.parse(row.flags)), ...toStrings(JSON.parse(row.keywords))]
  return [
    `${row.wire_path}/${row.uid_validity}/${row.uid}`,
    {
      sha256: hash,
      flags: flags.toSorted(),
      internalDate: row.internal_date ?? undefined,
    },
  ]
}

function toStrings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** The same of the server's own memory. */
export function mailStoreState(store: MailStore): MailboxesState {
  const entries: [string, PlacementState][] = []
  for (const { wirePath, uidValidity, messages, attributes } of store.mailboxes) {
    if (!attributes.selectable) continue
    for (const { uid, octets, flags, internalDate } of messages) {
      const split = splitFlags([...flags])
      entries.push([
        `${wirePath}/${uidValidity}/${uid}`,
        {
          sha256: sha256(octets),
          flags: [...split.flags, ...split.keywords].toSorted(),
          internalDate: parseInternalDate(internalDate).seconds,
        },
      ])
    }
  }
  entries.sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries)
}
