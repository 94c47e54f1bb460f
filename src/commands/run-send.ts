import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { Outbox, OutboxEntry } from '../send/outbox.ts'
import { sendReport } from '../ui/send-page.ts'
import { writePreview } from '../ui/send-preview.ts'
import type { CommandContext } from './context.ts'
import { outgoingMessage } from './outgoing-message.ts'
import type { MessageFlags, Outgoing } from './message-to-send.ts'
import { entryOf } from './outbox-entry.ts'
import { outboxNames } from './outbox-names.ts'
import { sendNow } from './send-now.ts'

export interface SendFlags extends MessageFlags {
  /** Milliseconds. */
  readonly delay?: number
  /** False: no copy is kept. */
  readonly copy?: boolean
  readonly dryRun?: true
}

/** After these nothing gets better by itself: whoever sent it is told now, and the message waits for them. */
const needsPerson: ReadonlySet<string> = new Set([
  'LOGIN_REJECTED',
  'SECRET_UNAVAILABLE',
  'TLS_REFUSED',
  'PROTOCOL_VIOLATION',
  'CONFIG_INVALID',
  'CONFIG_UNSAFE',
])

/** One message from the command line or from stdin. */
export async function runSend(
  context: CommandContext,
  recipients: readonly string[],
  flags: SendFlags,
): Promise<ExitStatus> {
  const config = await context.loadConfig()
  const parts = await context.sendParts()
  const outgoing = await outgoingMessage(context, { config, parts, recipients, flags })
  const { account } = outgoing
  if (flags.dryRun === true) {
    await writePreview({ account: account.name, ...outgoing.message }, context.options, context.terminal)
    return exitStatus.done
  }
  using outbox = await parts.openOutbox(config, account.store)
  const id = await add(context, outbox, { outgoing, flags })
  const name = outboxNames(config).nameOf(account.store, id)
  const message = { config, parts, account, id, name }
  const trouble = flags.delay === undefined ? await sendNow(context, outbox, message) : undefined
  const entry = await stateAfter(context, outbox, { id, trouble })
  await sendReport({ entry, name, trouble }, context.options, context.terminal)
  if (trouble !== undefined && entry.state === 'failed' && needsPerson.has(trouble.code)) throw stopped(trouble, name)
  return statusOf(entry)
}

interface NewMessage {
  readonly outgoing: Outgoing
  readonly flags: SendFlags
}

function add(context: CommandContext, outbox: Outbox, { outgoing, flags }: NewMessage): Promise<number> {
  const nowMs = context.nowMs()
  return outbox.add({
    account: outgoing.account.name,
    ...outgoing.message,
    queuedAtMs: nowMs,
    nextTryMs: flags.delay === undefined ? undefined : nowMs + flags.delay,
    copy: flags.copy === false ? 'not-wanted' : 'wanted',
  })
}

async function stateAfter(
  context: CommandContext,
  outbox: Outbox,
  { id, trouble }: { readonly id: number; readonly trouble: AppError | undefined },
): Promise<OutboxEntry> {
  const entry = await entryOf(outbox, { id, text: String(id) })
  if (trouble === undefined || entry.state !== 'queued' || !needsPerson.has(trouble.code)) return entry
  const { recipients } = entry
  await outbox.settle(
    id,
    { state: 'failed', recipients, reply: trouble.message, nextTryMs: undefined },
    context.nowMs(),
  )
  return (await outbox.entries({ id }))[0] ?? entry
}

/** The same error, and where the message is. */
function stopped({ code, message, hint, cause }: AppError, name: string): AppError {
  const next = `the message was not sent; it stays in the outbox: \`mailmirror outbox retry ${name}\` sends it`
  return new AppError({ code, message, hint: hint === undefined ? next : `${hint}\n${next}`, cause })
}

function statusOf({ state, recipients }: OutboxEntry): ExitStatus {
  const isRefused = recipients.some((one) => one.state === 'refused')
  const isGood = (state === 'sent' || state === 'queued' || state === 'sending') && !isRefused
  return isGood ? exitStatus.done : exitStatus.incomplete
}
