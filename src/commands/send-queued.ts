import type { Account, Config } from '../model/account.ts'
import { AppError, messageOf } from '../model/errors.ts'
import type { SendEvent } from '../send/events.ts'
import type { SendingResult, UnsentMessage } from '../sync/events.ts'
import type { CommandContext } from './context.ts'
import { flushOutboxes } from './flush-outboxes.ts'
import { outboxNames } from './outbox-names.ts'
import { canSend } from './sending-account.ts'

export interface QueuedSending {
  readonly config: Config
  readonly accounts: readonly Account[]
  readonly signal: AbortSignal
}

/** A sync does not wait longer than this for a server that wants to be asked later. */
const patienceMs = 10_000

/** Sends what waits in the outbox beside a sync, on connections of its own. Never throws: what goes wrong is told, and what waits goes on waiting.
 *  Empty: nothing waited. */
export async function sendQueued(
  context: CommandContext,
  { config, accounts, signal }: QueuedSending,
): Promise<{ readonly sending?: SendingResult }> {
  if (!accounts.some(canSend)) return {}
  const names = outboxNames(config)
  const storeOf = new Map(accounts.map(({ name, store }) => [name, store]))
  const counts = { events: 0, sent: 0, queued: 0 }
  const unsent: UnsentMessage[] = []
  const onEvent = (event: SendEvent): void => {
    counts.events++
    if (event.type !== 'message-submitted' && event.type !== 'message-abandoned') return
    const { id, account, state, reply = 'its process died' } = event.entry
    if (state === 'sent') counts.sent++
    else if (state === 'queued') counts.queued++
    else if (state === 'failed' || state === 'unknown')
      unsent.push({ id: names.nameOf(storeOf.get(account) ?? '', id), account, state, reason: reply })
  }
  try {
    const parts = await context.sendParts()
    await flushOutboxes(context, { config, parts, accounts, signal, patienceMs, onEvent })
  } catch (error) {
    // A signal ends the sync too, and that is told.
    if (!(error instanceof AppError)) throw error
    if (error.code !== 'INTERRUPTED') {
      const [account] = accounts
      unsent.push({ id: undefined, account: account?.name ?? '', state: 'failed', reason: messageOf(error) })
    }
  }
  const { events, sent, queued } = counts
  return events === 0 && unsent.length === 0 ? {} : { sending: { sent, queued, unsent } }
}
