import type { Config } from '../model/account.ts'
import type { AppError } from '../model/errors.ts'
import type { SendEvent } from '../send/events.ts'
import type { Outbox } from '../send/outbox.ts'
import type { CommandContext } from './context.ts'
import { flushInto } from './flush-outboxes.ts'
import type { SendParts } from './send-parts.ts'
import type { SendingAccount } from './sending-account.ts'

interface Sending {
  readonly config: Config
  readonly parts: SendParts
  readonly account: SendingAccount
  readonly id: number
}

/** For so long another process that sends from the same store is waited for; milliseconds. */
const busyMs = 60_000
const betweenTriesMs = 250

/** Why nothing more was sent; undefined: nothing stood in the way. */
export async function sendNow(
  context: CommandContext,
  outbox: Outbox,
  sending: Sending,
): Promise<AppError | undefined> {
  const { config, parts, account, id } = sending
  const { signal } = context
  for (let waitedMs = 0; ; waitedMs += betweenTriesMs) {
    const seen: { trouble?: AppError; isBusy?: true } = {}
    const onEvent = (event: SendEvent): void => {
      if (event.type === 'account-stopped') seen.trouble = event.error
      if (event.type === 'outbox-busy') seen.isBusy = true
    }
    await flushInto(context, outbox, { config, parts, accounts: [account], signal, patienceMs: 0, lastId: id, onEvent })
    if (seen.isBusy === undefined || waitedMs >= busyMs) return seen.trouble
    const [entry] = await outbox.entries({ id, states: ['queued'] })
    if (entry === undefined) return undefined
    await context.clock.delay(betweenTriesMs, signal)
  }
}
