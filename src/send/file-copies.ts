import type { Account } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { OnSendEvent } from './events.ts'
import { readHeader } from './header.ts'
import type { Outbox, OutboxEntry } from './outbox.ts'
import type { SentMailbox, SentMailboxes } from './ports.ts'

export interface CopyOptions {
  readonly outbox: Outbox
  readonly sentMailboxes: SentMailboxes
  readonly keepsSentCopies: (host: string) => boolean
  readonly nowMs: () => number
  readonly signal: AbortSignal
  readonly onEvent: OnSendEvent
}

/** For so long an unknown outcome is looked for: a message that has not shown up by then will not. */
const lookingMs = 7 * 86_400_000

/** Files copies into the \Sent mailbox, each once, and looks there for messages whose outcome is unknown. What cannot be done now is done by the
 *  next flush. Throws STORE_* and INTERRUPTED. */
export async function fileCopies(account: Account, options: CopyOptions): Promise<void> {
  const { outbox, nowMs } = options
  const open = await outbox.entries({ account: account.name, states: ['sent', 'unknown'], isOpen: true })
  const isKept = account.smtp !== undefined && options.keepsSentCopies(account.smtp.host)
  const unknown = open.filter(({ state, updatedAtMs }) => state === 'unknown' && nowMs() - updatedAtMs < lookingMs)
  const wanted = open.filter(({ state }) => state === 'sent')
  if (isKept) for (const { id } of wanted) await outbox.noteCopy(id, 'provider', nowMs())
  const toFile = isKept ? [] : wanted
  if (unknown.length + toFile.length > 0) await inSentMailbox(account, options, { unknown, toFile, isKept })
}

interface CopyWork {
  readonly unknown: readonly OutboxEntry[]
  readonly toFile: readonly OutboxEntry[]
  readonly isKept: boolean
}

async function inSentMailbox(account: Account, options: CopyOptions, work: CopyWork): Promise<void> {
  const { signal, sentMailboxes, onEvent } = options
  let mailbox: SentMailbox | undefined
  try {
    mailbox = await sentMailboxes.open(account, signal)
    for (const entry of work.unknown) await confirm(entry, mailbox, { ...options, isKept: work.isKept })
    for (const entry of work.toFile) await fileOne(entry, mailbox, options)
  } catch (error) {
    if (!(error instanceof AppError) || error.code.startsWith('STORE_') || signal.aborted) throw error
    onEvent({ type: 'copies-delayed', account: account.name, error })
  } finally {
    await mailbox?.close()
  }
}

/** Whoever has put it there, it was sent: copies of our own are filed only of what is known to be. */
async function confirm(
  entry: OutboxEntry,
  mailbox: SentMailbox,
  { outbox, nowMs, onEvent, isKept }: CopyOptions & { readonly isKept: boolean },
): Promise<void> {
  const { id, messageId } = entry
  if (!(await isOnlyOfItsName(entry, outbox)) || !(await mailbox.holds(messageId))) return
  await outbox.confirmSent(id, nowMs())
  await outbox.noteCopy(id, isKept ? 'provider' : 'appended', nowMs())
  const [after] = await outbox.entries({ id })
  if (after !== undefined) onEvent({ type: 'message-confirmed', entry: after })
}

/** A message that is sent once more keeps its Message-ID: what lies in \Sent then may be what was sent before, and says nothing. */
async function isOnlyOfItsName({ id, account, messageId }: OutboxEntry, outbox: Outbox): Promise<boolean> {
  const others = await outbox.entries({ account })
  if (others.some((other) => other.id !== id && other.messageId === messageId)) return false
  const octets = await outbox.octets(id)
  const { fields } = readHeader(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength))
  return !fields.some(({ name }) => name.startsWith('resent-'))
}

/** A copy that the server refuses must not stand in the way of the others. */
async function fileOne(entry: OutboxEntry, mailbox: SentMailbox, options: CopyOptions): Promise<void> {
  try {
    await file(entry, mailbox, options)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'COMMAND_REJECTED') throw error
    options.onEvent({ type: 'copies-delayed', account: entry.account, error })
  }
}

/** It is looked for first: an earlier APPEND may have been taken without an answer. */
async function file(entry: OutboxEntry, mailbox: SentMailbox, { outbox, nowMs, onEvent }: CopyOptions): Promise<void> {
  const { id, messageId, updatedAtMs } = entry
  if (!(await mailbox.holds(messageId))) await mailbox.append(await outbox.octets(id), updatedAtMs)
  await outbox.noteCopy(id, 'appended', nowMs())
  onEvent({ type: 'copy-filed', entry, mailbox: mailbox.path })
}
