import type { AppError } from '../model/errors.ts'
import type { OutboxEntry, RecipientResult } from '../send/outbox.ts'
import { countOf } from './format-count.ts'
import { formatLocalTime } from './format-date.ts'
import { safeJson, safeText } from './safe-text.ts'
import type { Terminal } from './terminal.ts'

export interface SentMessage {
  readonly entry: OutboxEntry
  /** As `outbox` takes it. */
  readonly name: string
  /** Why nothing more was sent; undefined: nothing stood in the way. */
  readonly trouble: AppError | undefined
}

/** What has become of a message that was to be sent. */
export async function sendReport(
  sent: SentMessage,
  { json, quiet }: { readonly json: boolean; readonly quiet: boolean },
  { out, err }: Terminal,
): Promise<void> {
  if (json) await out.write(`${safeJson({ v: 1, ...outboxJson(sent.entry, sent.name) })}\n`)
  const isGood = sent.entry.recipients.every(({ state }) => state !== 'refused') && isUnderWay(sent.entry)
  if (json || (quiet && isGood)) return
  await err.write(
    sendLines(sent)
      .map((line) => `${line}\n`)
      .join(''),
  )
}

const isUnderWay = ({ state }: OutboxEntry): boolean => state === 'sent' || state === 'queued' || state === 'sending'

/** An entry of the outbox as scripts get it. */
export function outboxJson(entry: OutboxEntry, name: string): Readonly<Record<string, unknown>> {
  const { id, account, messageId, subject, from, recipients, octets, state, attempts, reply, copy } = entry
  return {
    id: name === String(id) ? id : name,
    account,
    messageId,
    subject,
    from,
    recipients,
    octets,
    state,
    attempts,
    queuedAt: instant(entry.queuedAtMs),
    nextTry: state === 'queued' ? instant(entry.nextTryMs) : undefined,
    updatedAt: instant(entry.updatedAtMs),
    reply,
    copy,
  }
}

const instant = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString()

/** In words; the first line says what the outcome is. */
export function sendLines(sent: SentMessage): readonly string[] {
  const { entry, name, trouble } = sent
  const { state, reply } = entry
  const refused = linesOf(sent, 'refused')
  const why = safeText(trouble?.message ?? reply ?? '')
  switch (state) {
    case 'sent':
      return [acceptedLine(sent), ...refused]
    case 'queued':
      return [queuedLine(sent, why), ...(isPartlyAccepted(entry) ? linesOf(sent, 'waiting') : []), ...refused]
    case 'sending':
      return [`mailmirror: queued (outbox ${name}): another process is sending it`]
    case 'unknown':
      return [
        `mailmirror: unknown whether the server has taken it (outbox ${name}): ${why}`,
        '  it is not sent again by itself; each sync looks for it in the \\Sent mailbox',
        `  \`mailmirror outbox retry ${name} --anyway\` sends it again, perhaps a second time; \`outbox cancel ${name}\` gives it up`,
      ]
    case 'cancelled':
      return [`mailmirror: cancelled (outbox ${name})`]
    case 'failed':
      return [`mailmirror: rejected (outbox ${name})${refused.length === 0 ? `: ${why}` : ''}`, ...refused]
  }
}

function acceptedLine({ entry: { recipients, copy }, name }: SentMessage): string {
  const accepted = recipients.filter(({ state }) => state === 'accepted')
  const isWhole = accepted.length === recipients.length
  const whom = isWhole ? recipientsText(accepted) : `${accepted.length} of ${countOf(recipients.length, 'recipient')}`
  const later = copy === 'wanted' ? '; the copy is filed by the next sync' : ''
  return `mailmirror: accepted for delivery to ${whom} (outbox ${name})${later}`
}

const isPartlyAccepted = ({ recipients }: OutboxEntry): boolean => recipients.some(({ state }) => state === 'accepted')

function queuedLine({ entry, name }: SentMessage, why: string): string {
  const { recipients } = entry
  if (!isPartlyAccepted(entry))
    return `mailmirror: queued (outbox ${name}): ${untilText(entry)}${why === '' ? '' : `; ${why}`}`
  const count = (wanted: RecipientResult['state']): number => recipients.filter(({ state }) => state === wanted).length
  const whole = `${count('accepted')} of ${countOf(recipients.length, 'recipient')}`
  return `mailmirror: accepted for delivery to ${whole} (outbox ${name}); ${untilText(entry)} to ${count('waiting')} more`
}

function untilText({ nextTryMs }: OutboxEntry): string {
  return nextTryMs === undefined ? 'the next sync sends it' : `a sync after ${formatLocalTime(nextTryMs)} sends it`
}

function recipientsText(recipients: readonly RecipientResult[]): string {
  const [first, ...others] = recipients
  if (first === undefined || others.length > 1) return countOf(recipients.length, 'recipient')
  return recipients.map(({ address }) => safeText(address)).join(' and ')
}

function linesOf({ entry }: SentMessage, wanted: 'refused' | 'waiting'): readonly string[] {
  const word = wanted === 'refused' ? wanted : 'waits'
  return entry.recipients
    .filter(({ state }) => state === wanted)
    .map(({ address, reply }) => `  ${word}: ${safeText(address)}${reply === undefined ? '' : `: ${safeText(reply)}`}`)
}
