import { AppError } from '../model/errors.ts'
import type { CopyState, OutboxEntry, OutboxState, RecipientResult } from '../send/outbox.ts'
import { parseJson } from './stored-values.ts'

/** A row of the outbox, without its octets. */
export interface OutboxRow {
  readonly id: number
  readonly name: string
  readonly message_id: string
  readonly subject: string
  readonly smtp_envelope: string
  readonly octets: number
  readonly state: string
  readonly attempts: number
  readonly queued_at: number
  readonly next_try: number | null
  readonly updated_at: number
  readonly result: string | null
  readonly copy: string
}

export const outboxColumns = `outbox.id, name, message_id, subject, smtp_envelope, length(data) AS octets, state, attempts,
  queued_at, next_try, updated_at, result, copy`

export const outboxStates: readonly OutboxState[] = ['queued', 'sending', 'sent', 'failed', 'unknown', 'cancelled']
const copyStates: readonly CopyState[] = ['wanted', 'appended', 'provider', 'not-wanted']
const recipientStates: readonly RecipientResult['state'][] = ['waiting', 'accepted', 'refused']

/** Throws DAMAGED. */
export function toOutboxEntry(row: OutboxRow): OutboxEntry {
  const { recipients, reply } = readResult(row)
  return {
    id: row.id,
    account: row.name,
    messageId: row.message_id,
    subject: row.subject,
    from: readFrom(row.smtp_envelope),
    recipients,
    octets: row.octets,
    state: oneOf(outboxStates, row.state),
    attempts: row.attempts,
    queuedAtMs: row.queued_at,
    nextTryMs: row.next_try ?? undefined,
    updatedAtMs: row.updated_at,
    reply,
    copy: oneOf(copyStates, row.copy),
  }
}

/** The column `result`. */
export function resultToJson(recipients: readonly RecipientResult[], reply: string | undefined): string {
  return JSON.stringify({ recipients, reply })
}

function readFrom(json: string): string {
  const envelope = parseJson(json)
  if (isObject(envelope) && typeof envelope['from'] === 'string') return envelope['from']
  throw damaged()
}

/** Recipients and reply of a row; throws DAMAGED. */
export function readResult({ result }: Pick<OutboxRow, 'result'>): Pick<OutboxEntry, 'recipients' | 'reply'> {
  const value = parseJson(result)
  if (!isObject(value) || !Array.isArray(value['recipients'])) throw damaged()
  const list: readonly unknown[] = value['recipients']
  return { recipients: list.map(readRecipient), reply: optionalText(value['reply']) }
}

function readRecipient(value: unknown): RecipientResult {
  if (!isObject(value) || typeof value['address'] !== 'string') throw damaged()
  const { address, state, reply } = value
  return { address, state: oneOf(recipientStates, state), reply: optionalText(reply) }
}

function optionalText(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  throw damaged()
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function oneOf<Word extends string>(words: readonly Word[], value: unknown): Word {
  const found = words.find((word) => word === value)
  if (found === undefined) throw damaged()
  return found
}

function damaged(): AppError {
  return new AppError({
    code: 'DAMAGED',
    message: 'could not read a row of the outbox: it is damaged',
    hint: 'keep a copy of the file, then run `mailmirror verify`',
    scope: 'message',
  })
}
