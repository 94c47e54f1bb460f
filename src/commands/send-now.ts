import type { Config } from '../model/account.ts'
import type { AppError } from '../model/errors.ts'
import type { Outbox } from '../send/outbox.ts'
import type { CommandContext } from './context.ts'
import { flushInto } from './flush-outboxes.ts'
import { interruptedSend } from './interrupted-send.ts'
import { entryOf } from './outbox-entry.ts'
import type { SendingAccount } from './sending-account.ts'
import type { SendParts } from './send-parts.ts'

export interface QueuedMessage {
  readonly config: Config
  readonly parts: SendParts
  readonly account: SendingAccount
  readonly id: number
  /** As `outbox` takes it. */
  readonly name: string
}

/** Another process that sends may have looked at the outbox before this message was there: for so long it is waited for. */
const busyPatienceMs = 20_000
const busyPauseMs = 100

/** Sends a message that has just been queued, and what was queued before it. Gives what stood in the way; undefined: nothing did, or another process
 *  has been sending all the time. */
export async function sendNow(
  context: CommandContext,
  outbox: Outbox,
  message: QueuedMessage,
): Promise<AppError | undefined> {
  const { id, name } = message
  try {
    for (let waitedMs = 0; ; waitedMs += busyPauseMs) {
      const { trouble, isBusy } = await flushOnce(context, outbox, message)
      const { state } = await entryOf(outbox, { id, text: name })
      const isOpen = state === 'queued' || state === 'sending'
      if (!isBusy || !isOpen || waitedMs >= busyPatienceMs) return trouble
      await context.clock.delay(busyPauseMs, context.signal)
    }
  } catch (error) {
    throw interruptedSend(error, await entryOf(outbox, { id, text: name }), name)
  }
}

async function flushOnce(
  context: CommandContext,
  outbox: Outbox,
  { config, parts, account, id }: QueuedMessage,
): Promise<{ readonly trouble: AppError | undefined; readonly isBusy: boolean }> {
  let trouble: AppError | undefined
  let isBusy = false
  await flushInto(context, outbox, {
    config,
    parts,
    accounts: [account],
    signal: context.signal,
    patienceMs: 0,
    lastId: id,
    onEvent: (event) => {
      if (event.type === 'account-stopped') trouble = event.error
      isBusy ||= event.type === 'outbox-busy'
    },
  })
  return { trouble, isBusy }
}
