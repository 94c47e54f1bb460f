import type { Database } from 'better-sqlite3'
import { parseJson } from './stored-values.ts'

interface StructureRow {
  readonly seq: number
  readonly at: number
  readonly kind: string
  readonly mailbox: number
  readonly epoch: number | null
  readonly before: string | null
}

interface MailboxRow {
  readonly id: number
  readonly account: number
  readonly kind: string
  readonly path: string
}

export interface ReplayedEpoch {
  readonly mailbox: number
  readonly state: 'building' | 'current' | 'retired'
}

/** What was present in an epoch is removed by the row that starts the next one. */
export interface EndOfEpoch {
  readonly epoch: number
  readonly seq: number
  readonly at: number
}

/** Mailboxes and epochs as the log has them. */
export interface ReplayedMailboxes {
  /** Those that there were, each with the instant since when it is gone. */
  readonly goneAt: ReadonlyMap<number, number | null>
  readonly epochs: ReadonlyMap<number, ReplayedEpoch>
  readonly ends: readonly EndOfEpoch[]
}

/** Of the rows up to `until` and with it; grows with the number of mailboxes, not of messages. Within a transaction. */
export function replayMailboxes(database: Database, until: number): ReplayedMailboxes {
  const replay = new MailboxReplay(
    database.prepare<[], MailboxRow>('SELECT id, account, kind, path FROM main.mailbox').all(),
  )
  const rows = database.prepare<[number], StructureRow>(
    'SELECT seq, at, kind, mailbox, epoch, before FROM change WHERE seq <= ? AND uid IS NULL ORDER BY seq',
  )
  const structure = rows.all(until)
  const building = unstartedEpochs(database, structure, until)
  for (const row of [...structure, ...building].toSorted((left, right) => left.seq - right.seq)) replay.apply(row)
  return replay
}

/** A row for each epoch that has messages and no row of its own yet. */
function unstartedEpochs(
  database: Database,
  structure: readonly StructureRow[],
  until: number,
): readonly StructureRow[] {
  const started = new Set(structure.map(({ epoch }) => epoch))
  const unstarted = database
    .prepare<[number], number>(
      'SELECT id FROM main.epoch WHERE started_at <= (SELECT at FROM change WHERE seq = ?) ORDER BY id',
    )
    .pluck()
    .all(until)
    .filter((id) => !started.has(id))
  // To look for them takes as long as the log is.
  if (unstarted.length === 0) return []
  return database
    .prepare<[number, string], StructureRow>(
      `SELECT min(seq) AS seq, at, 'epoch-built' AS kind, mailbox, epoch, NULL AS before FROM change
       WHERE seq <= ? AND epoch IN (SELECT value FROM json_each(?)) AND uid IS NOT NULL GROUP BY epoch`,
    )
    .all(until, JSON.stringify(unstarted))
}

class MailboxReplay implements ReplayedMailboxes {
  readonly goneAt = new Map<number, number | null>()
  readonly epochs = new Map<number, ReplayedEpoch>()
  readonly ends: EndOfEpoch[] = []
  readonly #known: ReadonlyMap<number, MailboxRow>
  readonly #epochsOf = new Map<number, Set<number>>()

  constructor(known: readonly MailboxRow[]) {
    this.#known = new Map(known.map((row) => [row.id, row]))
  }

  apply(row: StructureRow): void {
    if (row.kind === 'mailbox-added') this.goneAt.set(row.mailbox, null)
    if (row.kind === 'mailbox-removed') this.goneAt.set(row.mailbox, row.at)
    if (row.kind === 'mailbox-renamed') this.#rename(row)
    if (row.epoch === null) return
    if (row.kind === 'epoch-built' && !this.epochs.has(row.epoch)) this.#place(row.epoch, row.mailbox, 'building')
    if (row.kind === 'epoch-started') this.#start(row.epoch, row)
  }

  #start(epoch: number, { mailbox, seq, at }: StructureRow): void {
    for (const other of this.#of(mailbox)) {
      if (other === epoch || this.epochs.get(other)?.state === 'retired') continue
      this.#place(other, mailbox, 'retired')
      this.ends.push({ epoch: other, seq, at })
    }
    this.#place(epoch, mailbox, 'current')
  }

  #rename({ mailbox: to, before, at }: StructureRow): void {
    const from = this.#formerly(to, before)
    this.goneAt.set(to, null)
    if (from === undefined) return
    this.goneAt.set(from, at)
    const [moved, left] = [this.#of(from), this.#of(to)]
    for (const epoch of left) this.#place(epoch, from, 'retired')
    for (const epoch of moved) this.#place(epoch, to, this.epochs.get(epoch)?.state ?? 'retired')
  }

  /** Older rows have only the path. */
  #formerly(to: number, before: string | null): number | undefined {
    const said = parseJson(before)
    if (typeof said !== 'object' || said === null) return undefined
    if ('mailbox' in said && typeof said.mailbox === 'number') return said.mailbox
    const path = 'path' in said ? said.path : undefined
    const now = this.#known.get(to)
    return [...this.#known.values()].find(
      (row) => row.path === path && row.account === now?.account && row.kind === now.kind && row.id !== to,
    )?.id
  }

  #of(mailbox: number): readonly number[] {
    return [...(this.#epochsOf.get(mailbox) ?? [])]
  }

  #place(epoch: number, mailbox: number, state: ReplayedEpoch['state']): void {
    const former = this.epochs.get(epoch)
    if (former !== undefined) this.#epochsOf.get(former.mailbox)?.delete(epoch)
    this.epochs.set(epoch, { mailbox, state })
    const its = this.#epochsOf.get(mailbox) ?? new Set()
    its.add(epoch)
    this.#epochsOf.set(mailbox, its)
  }
}
