import type { OutboxEntry, OutboxOutcome, RecipientResult } from './outbox.ts'
import type { RecipientReply, SubmitOutcome } from './ports.ts'

const firstDelayMs = 5 * 60_000
const longestDelayMs = 4 * 3_600_000
/** RFC 5321 §4.5.4.1: four to five days. */
const patienceMs = 5 * 86_400_000

/** What an attempt has come to, for all recipients of the entry. A recipient that has been served is never tried again (F95). */
export function settleAttempt(entry: OutboxEntry, outcome: SubmitOutcome, nowMs: number): OutboxOutcome {
  switch (outcome.kind) {
    case 'lost': {
      const { reason: reply, mayBeTaken } = outcome
      const { recipients } = entry
      if (mayBeTaken) return { state: 'unknown', recipients, reply, nextTryMs: undefined }
      return later(entry, { recipients, reply, isPaced: false }, nowMs)
    }
    case 'accepted':
      return settled(entry, outcome, nowMs)
    case 'refused': {
      if (outcome.concernsAccount && outcome.isTemporary)
        return later(entry, { recipients: entry.recipients, reply: outcome.reply, isPaced: false }, nowMs)
      const { reply, isTemporary } = outcome
      // Where the message as a whole is refused no recipient has an answer of its own.
      const state = isTemporary ? ('deferred' as const) : ('refused' as const)
      const told = new Map(outcome.recipients.map((one) => [one.address, one]))
      const recipients = waitingOf(entry).map((address): RecipientReply => {
        const own = told.get(address)
        return own === undefined || own.state === 'accepted' ? { address, state, reply } : own
      })
      return settled(entry, { reply, recipients }, nowMs)
    }
  }
}

/** Whom the next attempt is for. */
export function waitingOf({ recipients }: OutboxEntry): readonly string[] {
  return recipients.filter(({ state }) => state === 'waiting').map(({ address }) => address)
}

function settled(
  entry: OutboxEntry,
  { reply, recipients: replies }: { readonly reply: string; readonly recipients: readonly RecipientReply[] },
  nowMs: number,
): OutboxOutcome {
  const told = new Map(replies.map((one) => [one.address, one]))
  const recipients = entry.recipients.map((one) =>
    one.state === 'waiting' ? toResult(one, told.get(one.address)) : one,
  )
  if (recipients.some(({ state }) => state === 'waiting'))
    return later(entry, { recipients, reply, isPaced: !isForTheNextGo(replies) }, nowMs)
  const isSent = recipients.some(({ state }) => state === 'accepted')
  return { state: isSent ? 'sent' : 'failed', recipients, reply, nextTryMs: undefined }
}

/** The server has taken it for as many as it takes at once, and wants the others in a message of their own (RFC 5321 §4.5.3.1.10). */
function isForTheNextGo(replies: readonly RecipientReply[]): boolean {
  const deferred = replies.filter(({ state }) => state === 'deferred')
  return replies.some(({ state }) => state === 'accepted') && deferred.every(({ reply }) => /^452[ -]/.test(reply))
}

function toResult(before: RecipientResult, told: RecipientReply | undefined): RecipientResult {
  if (told === undefined) return before
  const { address, reply } = told
  return { address, state: told.state === 'deferred' ? 'waiting' : told.state, reply }
}

interface Later {
  readonly recipients: readonly RecipientResult[]
  readonly reply: string
  /** It is about this message: others go first meanwhile. Otherwise it keeps its place. */
  readonly isPaced: boolean
}

function later(entry: OutboxEntry, { recipients, reply, isPaced }: Later, nowMs: number): OutboxOutcome {
  if (nowMs - entry.queuedAtMs < patienceMs)
    return { state: 'queued', recipients, reply, nextTryMs: isPaced ? nowMs + delayMs(entry.attempts) : undefined }
  const given = recipients.map((one): RecipientResult =>
    one.state === 'waiting' ? { ...one, state: 'refused', reply: one.reply ?? reply } : one,
  )
  const isSent = given.some(({ state }) => state === 'accepted')
  return {
    state: isSent ? 'sent' : 'failed',
    recipients: given,
    reply: `given up after 5 days: ${reply}`,
    nextTryMs: undefined,
  }
}

/** Twice as long each time. */
function delayMs(attempts: number): number {
  return Math.min(firstDelayMs * 2 ** Math.min(attempts, 10), longestDelayMs)
}
