import { AppError } from '../model/errors.ts'
import type { CopyState, OutboxEntry, OutboxState, RecipientResult, SmtpEnvelope } from '../send/outbox.ts'
import { parseJson } from './stored-values.ts'

export interface OutboxRow {
  readonly id: number
  readonly account: string
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

/** What attempts have come to so far. */
export interface OutboxResult {
  readonly recipients: readonly RecipientResult[]
  readonly reply: string | undefined
}

const states: readonly OutboxState[] = ['queued', 'sending', 'sent', 'failed', 'unknown', 'cancelled']
const copies: readonly CopyState[] = ['wanted', 'appended', 'provider', 'not-wanted']
const recipientStates: readonly RecipientResult['state'][] = ['waiting', 'accepted', 'refused']

/** Throws DAMAGED. */
export function toOutboxEntry(row: OutboxRow): OutboxEntry {
  const { id } = row
  const state = oneOf(states, row.state) ?? refuse(id)
  const { from, to } = parseEnvelope(row)
  const { recipients, reply } = parseResult(row, to)
  const copy = oneOf(copies, row.copy) ?? refuse(id)
  return {
    id,
    account: row.account,
    messageId: row.message_id,
    subject: row.subject,
    from,
    recipients,
    octets: row.octets,
    state,
    attempts: row.attempts,
    queuedAtMs: row.queued_at,
    nextTryMs: row.next_try ?? undefined,
    updatedAtMs: row.updated_at,
    reply,
    copy: isCopyMeant(state, recipients) ? copy : 'not-wanted',
  }
}

/** Nobody wants the copy of a message that nobody has got. */
export function isCopyMeant(state: OutboxState, recipients: readonly RecipientResult[]): boolean {
  return (state !== 'failed' && state !== 'cancelled') || recipients.some((recipient) => recipient.state === 'accepted')
}

export function envelopeToJson({ from, to }: SmtpEnvelope): string {
  return JSON.stringify({ from: from.toWellFormed(), to: to.map((address) => address.toWellFormed()) })
}

export function resultToJson({ recipients, reply }: OutboxResult): string {
  const wellFormed = recipients.map(({ address, state, reply: words }) => ({
    address: address.toWellFormed(),
    state,
    reply: words?.toWellFormed(),
  }))
  return JSON.stringify({ recipients: wellFormed, reply: reply?.toWellFormed() })
}

function parseEnvelope({ id, smtp_envelope: json }: OutboxRow): SmtpEnvelope {
  const { from, to } = fieldsOf(parseJson(json))
  if (typeof from !== 'string' || !Array.isArray(to)) return refuse(id)
  return { from, to: to.map((address: unknown) => (typeof address === 'string' ? address : refuse(id))) }
}

function parseResult({ id, result }: OutboxRow, to: readonly string[]): OutboxResult {
  if (result === null) {
    return { recipients: to.map((address) => ({ address, state: 'waiting', reply: undefined })), reply: undefined }
  }
  const { recipients, reply } = fieldsOf(parseJson(result))
  if (!Array.isArray(recipients) || recipients.length !== to.length || !isReply(reply)) return refuse(id)
  return { recipients: recipients.map((recipient: unknown, at) => parseRecipient(id, recipient, to[at])), reply }
}

function parseRecipient(id: number, value: unknown, expected: string | undefined): RecipientResult {
  const { address, state: text, reply } = fieldsOf(value)
  const state = oneOf(recipientStates, text)
  if (typeof address !== 'string' || address !== expected || state === undefined || !isReply(reply)) return refuse(id)
  return { address, state, reply }
}

function isReply(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string'
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function oneOf<Text extends string>(known: readonly Text[], value: unknown): Text | undefined {
  return known.find((text) => text === value)
}

function refuse(id: number): never {
  throw new AppError({
    code: 'DAMAGED',
    message: `could not read message ${id} of the outbox: its row is damaged`,
    hint: 'keep a copy of the store, then run `mailmirror verify`',
  })
}
