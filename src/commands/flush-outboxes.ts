import type { Account, Config } from '../model/account.ts'
import { keepsSentCopies } from '../model/provider.ts'
import type { OnSendEvent } from '../send/events.ts'
import { flushOutbox } from '../send/flush-outbox.ts'
import type { Outbox } from '../send/outbox.ts'
import type { CommandContext } from './context.ts'
import { canSend } from './sending-account.ts'
import type { SendParts } from './send-parts.ts'

export interface OutboxFlush {
  readonly config: Config
  readonly parts: SendParts
  /** Those that cannot send are passed over. */
  readonly accounts: readonly Account[]
  readonly signal: AbortSignal
  /** See `FlushOptions`. */
  readonly patienceMs: number
  readonly lastId?: number
  readonly onEvent: OnSendEvent
}

/** Sends what is due in one open outbox. */
export async function flushInto(context: CommandContext, outbox: Outbox, flush: OutboxFlush): Promise<void> {
  const { config, parts, accounts, signal, patienceMs, lastId, onEvent } = flush
  await flushOutbox({
    outbox,
    accounts: accounts.filter(canSend),
    server: await parts.submitServer(),
    sentMailboxes: await parts.sentMailboxes(config),
    keepsSentCopies,
    nowMs: context.nowMs,
    delay: (ms, waiting) => context.clock.delay(ms, waiting),
    signal,
    patienceMs,
    lastId,
    onEvent,
  })
}

/** Sends what is due in the outboxes of these accounts' stores, side by side; a store without anything to do is not opened for writing. */
export async function flushOutboxes(context: CommandContext, flush: OutboxFlush): Promise<void> {
  const { config, parts } = flush
  const byStore = Map.groupBy(flush.accounts.filter(canSend), ({ store }) => store)
  await Promise.all(
    [...byStore].map(async ([path, accounts]) => {
      if (!(await hasWork(flush, path, accounts))) return
      using outbox = await parts.openOutbox(config, path)
      await flushInto(context, outbox, { ...flush, accounts })
    }),
  )
}

async function hasWork({ config, parts }: OutboxFlush, path: string, accounts: readonly Account[]): Promise<boolean> {
  using reader = await parts.readOutbox(config, path)
  const names = new Set(accounts.map(({ name }) => name))
  const entries = await reader.entries({ isOpen: true })
  return entries.some(({ account }) => names.has(account))
}
