import { createHash, hash } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import { selectsMailbox } from '../model/select.ts'
import { toUid, uidSetOf } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import type { AuditRequest, AuditStep, Damage, Place, StoreAuditor } from '../sync/audit.ts'
import type { ContentId, FailureToStore } from '../sync/ports.ts'
import { auditIndex } from './audit-searching.ts'
import { auditLog } from './audit-log.ts'
import type { AuditedPlaces } from './audit-log.ts'
import { auditOutbox } from './audit-outbox.ts'
import { openReadOnly } from './open-database.ts'
import { contentReader } from './read-content.ts'
import type { ContentReader, StoredContent } from './read-content.ts'
import { epochContents } from './read-epoch.ts'
import { mirrorReader } from './read-mirror.ts'
import type { StoreReaderOptions } from './sqlite-store-reader.ts'
import { parseTexts } from './stored-values.ts'

/** Contents whose numbers are read at a time: no statement stays open while octets are read. */
const pageRows = 500
/** Complaints of SQLite itself; more say nothing more. */
const maxComplaints = 20

export interface AuditedEpoch {
  readonly id: number
  readonly account: string
  readonly path: string
}

const epochsOfStore = `
  SELECT epoch.id, account.name AS account, path
  FROM epoch JOIN mailbox ON mailbox.id = epoch.mailbox JOIN account ON account.id = mailbox.account
  ORDER BY epoch.id`

export interface OpenAuditor extends StoreAuditor {
  close(): void
}

/** A read-only connection of its own. Throws as `openStoreReader` does. */
export function openStoreAuditor(options: StoreReaderOptions): OpenAuditor {
  const database = openReadOnly(options.path, options)
  const epochs = epochContents(database)
  const mailboxes = mirrorReader(database)
  const placements = database.prepare<[number, number], PlacementRow>(
    'SELECT content, flags, keywords FROM placement WHERE epoch = ? AND uid = ? AND removed_at IS NULL',
  )
  const hashOf = database.prepare<[number], Buffer>('SELECT sha256 FROM content WHERE id = ?').pluck()
  return {
    *audit(request) {
      // Each is worth something without the others.
      yield* guarded(() => auditDatabase(database))
      yield* guarded(() => auditContents(database, request))
      yield* guarded(() => auditPlacements(database, request))
      yield* guarded(() => auditLog(database, auditedPlaces(database, request)))
      yield* guarded(() => outboxDamages(database))
      for (const problem of auditIndex(database, options)) yield damage('index', problem)
    },
    mirroredMailboxes: (account) => mailboxes(account),
    presentUids: (epoch) => epochs.presentUids(epoch),
    failedUids: (epoch) => uidsOf(epochs.failures(epoch)),
    placement: (epoch, uid) => {
      const row = placements.get(epoch, uid)
      if (row === undefined) return undefined
      return { message: row.content, flags: { flags: parseTexts(row.flags), keywords: parseTexts(row.keywords) } }
    },
    hasOctets: (message, octets) => hashOf.get(message)?.equals(hash('sha256', octets, 'buffer')) === true,
    close: () => database.close(),
  }
}

interface PlacementRow {
  readonly content: ContentId
  readonly flags: string
  readonly keywords: string
}

function uidsOf(failures: readonly FailureToStore[]): UidSet {
  return uidSetOf(failures.map(({ uid }) => toUid(uid)).filter((uid) => uid !== undefined))
}

function chosenEpochs(database: Database, request: AuditRequest): readonly AuditedEpoch[] {
  return auditedPlaces(database, request).epochs
}

function auditedPlaces(database: Database, { accounts, selectors }: AuditRequest): AuditedPlaces {
  const isChosen = (account: string, path: string): boolean =>
    selectors.length === 0 || (accounts.includes(account) && selectsMailbox(selectors, account, path))
  const all = database.prepare<[], AuditedEpoch>(epochsOfStore).all()
  return { epochs: all.filter(({ account, path }) => isChosen(account, path)), isChosen }
}

/** A page of the file that cannot be read ends a check, not the audit. */
function* guarded(check: () => Iterable<AuditStep>): Generator<AuditStep> {
  try {
    yield* check()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!/^SQLITE_(?:CORRUPT|IOERR|NOTADB)|^DAMAGED$/.test(code)) throw error
    yield damage('database', `the file cannot be read: ${error instanceof Error ? error.message : code} (${code})`)
  }
}

function damage(kind: Damage['kind'], problem: string, about: Partial<Damage> = {}): AuditStep {
  return { kind: 'damage', damage: { kind, problem, message: undefined, sha256: undefined, places: [], ...about } }
}

function* auditDatabase(database: Database): Generator<AuditStep> {
  const complaints = database.prepare<[], string>(`PRAGMA integrity_check(${maxComplaints})`).pluck().all()
  for (const complaint of complaints) if (complaint !== 'ok') yield damage('database', complaint)
}

function* outboxDamages(database: Database): Generator<AuditStep> {
  for (const problem of auditOutbox(database)) yield damage('database', problem)
}

function* auditContents(database: Database, request: AuditRequest): Generator<AuditStep> {
  const contents = contentReader(database)
  const placesOf = placeReader(database)
  for (const id of chosenContents(database, request)) {
    if (!request.isChosen()) continue
    const content = contents.find(id)
    if (content === undefined) continue
    if (contents.prunedAt(id) !== undefined) {
      yield { kind: 'pruned', count: 1, octets: 0 }
      continue
    }
    const problem = wrongIn(contents, content)
    yield { kind: 'contents', count: 1, octets: content.octets }
    if (problem === undefined) continue
    yield damage('content', problem, { message: id, sha256: content.sha256.toString('hex'), places: placesOf(id) })
  }
}

/** All contents, or those that the selected mailboxes hold or held, each once. */
function* chosenContents(database: Database, request: AuditRequest): Generator<ContentId> {
  if (request.selectors.length > 0) {
    const ofEpoch = database
      .prepare<[number], ContentId>('SELECT DISTINCT content FROM placement WHERE epoch = ?')
      .pluck()
    yield* new Set(chosenEpochs(database, request).flatMap(({ id }) => ofEpoch.all(id)))
    return
  }
  const page = database
    .prepare<[number], ContentId>(`SELECT id FROM content WHERE id > ? ORDER BY id LIMIT ${pageRows}`)
    .pluck()
  for (let ids = page.all(0); ids.length > 0; ids = page.all(ids.at(-1) ?? 0)) yield* ids
}

function wrongIn(contents: ContentReader, content: StoredContent): string | undefined {
  const sum = createHash('sha256')
  let octets = 0
  try {
    const pieces = content.encoding === 'identity' ? contents.pieces(content) : [contents.read(content)]
    for (const piece of pieces) {
      sum.update(piece)
      octets += piece.length
    }
  } catch (error) {
    if (error instanceof AppError && error.code === 'DAMAGED') return 'its octets are not those that were stored'
    throw error
  }
  if (octets !== content.octets) return `it has ${octets} octets where ${content.octets} were stored`
  return sum.digest().equals(content.sha256) ? undefined : 'its octets are not those that were stored'
}

interface PlaceRow {
  readonly account: string
  readonly mailbox: string
  readonly uid_validity: number
  readonly uid: number
  readonly removed: number
}

function placeReader(database: Database): (content: number) => readonly Place[] {
  const places = database.prepare<[number], PlaceRow>(
    `SELECT account.name AS account, path AS mailbox, uid_validity, uid, removed_at IS NOT NULL AS removed
     FROM placement JOIN epoch ON epoch.id = placement.epoch JOIN mailbox ON mailbox.id = epoch.mailbox
     JOIN account ON account.id = mailbox.account WHERE content = ? ORDER BY removed, account.name, path, uid`,
  )
  return (content) =>
    places.all(content).map(({ account, mailbox, uid_validity: validity, uid, removed }) => ({
      account,
      mailbox,
      uidValidity: validity === 0 ? undefined : validity,
      uid,
      removed: removed !== 0,
    }))
}

interface EpochCounts {
  readonly present: number
  readonly removed: number
}

/** Every placement has its content, and the counters by which `status` goes are right. */
function* auditPlacements(database: Database, request: AuditRequest): Generator<AuditStep> {
  const lost = database.prepare<[number], { readonly content: ContentId }>(
    `SELECT DISTINCT placement.content FROM placement LEFT JOIN content ON content.id = placement.content
     WHERE epoch = ? AND (content.id IS NULL OR (pruned IS NOT NULL AND removed_at IS NULL)) ORDER BY placement.content`,
  )
  const counts = database.prepare<[number], EpochCounts>(
    `SELECT count(*) FILTER (WHERE removed_at IS NULL) AS present,
       count(*) FILTER (WHERE removed_at IS NOT NULL) AS removed FROM placement WHERE epoch = ?`,
  )
  const said = database.prepare<[number], EpochCounts>('SELECT present, removed FROM epoch WHERE id = ?')
  const placesOf = placeReader(database)
  const named = new Set<number>()
  const read = database.transaction((id: number) => ({
    counted: counts.get(id),
    said: said.get(id),
    gone: lost.all(id),
  }))
  for (const { id, account, path } of chosenEpochs(database, request)) {
    const { counted, said: told, gone } = read(id)
    const { present, removed } = counted ?? { present: 0, removed: 0 }
    yield { kind: 'placements', count: present + removed, octets: 0 }
    for (const { content } of gone) {
      if (!named.has(content))
        yield damage('content', 'its octets are missing', { message: content, places: placesOf(content) })
      named.add(content)
    }
    if (present !== told?.present || removed !== told.removed) {
      const held = `${present} present and ${removed} removed messages`
      const claim = `${told?.present} and ${told?.removed}`
      yield damage('placement', `${account}/${path} holds ${held}, and is said to hold ${claim}`)
    }
  }
}
