import { hash } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import type {
  CopyState,
  NewOutboxMessage,
  OutboxEntry,
  OutboxOutcome,
  OutboxState,
  RecipientResult,
} from '../send/outbox.ts'
import { envelopeToJson, isCopyMeant, resultToJson } from './outbox-rows.ts'
import type { OutboxRows } from './read-outbox.ts'
import { partOctets } from './write-contents.ts'

/** The transitions of the outbox. Each wants an immediate transaction around it. */
export interface OutboxWriter {
  add(message: NewOutboxMessage): number
  beginSending(id: number, atMs: number): boolean
  settle(id: number, outcome: OutboxOutcome, atMs: number): void
  abandonSending(atMs: number): readonly number[]
  confirmSent(id: number, atMs: number): void
  noteCopy(id: number, copy: CopyState, atMs: number): void
  cancel(id: number, atMs: number): boolean
  requeue(id: number, atMs: number): boolean
}

export function outboxWriter(database: Database, rows: OutboxRows): OutboxWriter {
  const move = mover(database, rows)
  const abandon = database
    .prepare<[number], number>(
      `UPDATE outbox SET state = 'unknown', next_try = NULL, updated_at = ? WHERE state = 'sending' RETURNING id`,
    )
    .pluck()
  const letGo = octetsLetGo(database)
  return {
    add: adder(database),
    beginSending: (id, atMs) =>
      move(id, ['queued'], ({ attempts }) => ({ state: 'sending', attempts: attempts + 1, atMs })),
    settle: (id, { state, recipients, reply, nextTryMs }, atMs) => {
      move(id, ['queued', 'sending'], (entry) => {
        expectSameRecipients(entry, recipients)
        const attempts = entry.attempts + (entry.state === 'queued' ? 1 : 0)
        return { state, attempts, recipients, reply, nextTryMs: state === 'queued' ? nextTryMs : undefined, atMs }
      })
      letGo(id, ['appended'])
    },
    abandonSending: (atMs) => abandon.all(atMs).toSorted((one, other) => one - other),
    confirmSent: (id, atMs) => {
      move(id, ['unknown'], ({ recipients }) => ({ state: 'sent', recipients: recipients.map(accepted), atMs }))
      letGo(id, ['appended'])
    },
    noteCopy: copyNoter(database, rows, letGo),
    cancel: (id, atMs) => move(id, ['queued', 'failed', 'unknown'], () => ({ state: 'cancelled', atMs })),
    requeue: (id, atMs) =>
      move(id, ['failed', 'unknown', 'cancelled', 'queued'], ({ recipients }) => ({
        state: 'queued',
        recipients: recipients.map(waitingAgain),
        atMs,
      })),
  }
}

const accepted = (recipient: RecipientResult): RecipientResult =>
  recipient.state === 'waiting' ? { ...recipient, state: 'accepted' } : recipient
const waitingAgain = (recipient: RecipientResult): RecipientResult =>
  recipient.state === 'refused' ? { ...recipient, state: 'waiting' } : recipient

function expectSameRecipients(entry: OutboxEntry, recipients: readonly RecipientResult[]): void {
  const isSame =
    recipients.length === entry.recipients.length &&
    recipients.every(({ address }, at) => address.toWellFormed() === entry.recipients[at]?.address)
  if (!isSame) throw new Error(`the outcome of message ${entry.id} of the outbox is about other recipients`)
}

/** What an entry becomes; all else stays as it is, but for the time of the next try. */
interface Change {
  readonly state: OutboxState
  readonly attempts?: number
  readonly recipients?: readonly RecipientResult[]
  readonly reply?: string | undefined
  readonly nextTryMs?: number | undefined
  readonly atMs: number
}

type Move = (id: number, from: readonly OutboxState[], change: (entry: OutboxEntry) => Change) => boolean

function mover(database: Database, rows: OutboxRows): Move {
  const update = database.prepare<[Readonly<Record<string, unknown>>]>(
    `UPDATE outbox SET state = @state, attempts = @attempts, result = @result, next_try = @nextTryMs, updated_at = @atMs
     WHERE id = @id AND state IN (SELECT value FROM json_each(@from))`,
  )
  return (id, from, change) => {
    const entry = rows.entry(id)
    if (!from.includes(entry.state)) return false
    const next = { ...entry, nextTryMs: undefined, ...change(entry) }
    const { state, attempts, atMs } = next
    const nextTryMs = next.nextTryMs ?? null
    return update.run({ id, state, attempts, result: resultToJson(next), nextTryMs, atMs, from: JSON.stringify(from) }).changes > 0 // prettier-ignore
  }
}

function adder(database: Database): (message: NewOutboxMessage) => number {
  const addAccount = database.prepare('INSERT INTO account (name, first_seen) VALUES (?, ?) ON CONFLICT DO NOTHING')
  const add = database
    .prepare<[Readonly<Record<string, unknown>>], number>(
      `INSERT INTO outbox (account, message_id, subject, smtp_envelope, octets, sha256, state, queued_at, next_try, updated_at, copy)
       SELECT id, @messageId, @subject, @envelope, @octets, @sha256, 'queued', @queuedAtMs, @nextTryMs, @queuedAtMs, @copy
       FROM account WHERE name = @account RETURNING id`,
    )
    .pluck()
  const addPart = database.prepare('INSERT INTO outbox_part (entry, part, data) VALUES (?, ?, ?)')
  return ({ account, messageId, subject, envelope, octets, queuedAtMs, nextTryMs, copy }) => {
    addAccount.run(account, queuedAtMs)
    const id = add.get({
      account,
      messageId: messageId.toWellFormed(),
      subject: subject.toWellFormed(),
      envelope: envelopeToJson(envelope),
      octets: octets.length,
      sha256: hash('sha256', octets, 'buffer'),
      queuedAtMs,
      nextTryMs: nextTryMs ?? null,
      copy,
    })
    if (id === undefined) throw new Error(`the account ${account} could not be found a moment after it was written`)
    for (let part = 0; part * partOctets < octets.length; part++) {
      addPart.run(id, part, octets.subarray(part * partOctets, (part + 1) * partOctets))
    }
    return id
  }
}

type LetGo = (id: number, withCopies: readonly CopyState[]) => void

/** Of a sent message whose copy is cared for the octets are not needed any more. */
function octetsLetGo(database: Database): LetGo {
  const forget = database.prepare<[number, string]>(
    `UPDATE outbox SET octets = 0, sha256 = NULL
     WHERE id = ? AND state = 'sent' AND copy IN (SELECT value FROM json_each(?)) AND sha256 IS NOT NULL`,
  )
  const remove = database.prepare<[number]>('DELETE FROM outbox_part WHERE entry = ?')
  return (id, withCopies) => {
    if (forget.run(id, JSON.stringify(withCopies)).changes > 0) remove.run(id)
  }
}

function copyNoter(
  database: Database,
  rows: OutboxRows,
  letGo: LetGo,
): (id: number, copy: CopyState, atMs: number) => void {
  const note = database.prepare<[CopyState, number, number]>('UPDATE outbox SET copy = ?, updated_at = ? WHERE id = ?')
  return (id, copy, atMs) => {
    const { state, recipients } = rows.entry(id)
    const isOver = state === 'sent' || state === 'failed' || state === 'cancelled'
    if (!isOver || !isCopyMeant(state, recipients)) return
    note.run(copy, atMs, id)
    letGo(id, ['appended', 'provider'])
  }
}
