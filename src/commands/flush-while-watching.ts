import type { Account, Config } from '../model/account.ts'
import { Bell } from '../sync/bell.ts'
import type { OnWatchEvent } from '../sync/watch-events.ts'
import type { CommandContext } from './context.ts'
import { sendQueued } from './send-queued.ts'

export interface WatchedAccounts {
  readonly config: Config
  readonly accounts: readonly Account[]
}

const everyMs = 30_000

/** Sends what waits in the outboxes, again and again until the signal fires. */
export async function flushWhileWatching(
  context: CommandContext,
  now: () => WatchedAccounts,
  { signal, onEvent }: { readonly signal: AbortSignal; readonly onEvent: OnWatchEvent },
): Promise<void> {
  const bell = new Bell(context.clock, signal)
  while (!bell.isOver()) {
    const { sending } = await sendQueued(context, { ...now(), signal })
    if (sending !== undefined && !bell.isOver()) onEvent({ type: 'outbox-flushed', ...sending })
    await bell.wait(everyMs)
  }
}
