import type { Config } from '../model/account.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { Outbox } from '../send/outbox.ts'
import type { CommandContext } from './context.ts'
import { flushReported } from './flush-reported.ts'
import { usage } from './message-to-send.ts'
import { entryOf } from './outbox-entry.ts'
import { outboxNames } from './outbox-names.ts'
import { selectAccounts } from './select-accounts.ts'
import { able, canSend } from './sending-account.ts'
import type { SendParts } from './send-parts.ts'

export function retryMessages(
  context: CommandContext,
  texts: readonly string[],
  { anyway }: { readonly anyway?: true },
): Promise<ExitStatus> {
  return eachNamed(context, texts, async ({ outbox, id, text, config, parts, store }) => {
    const entry = await entryOf(outbox, { id, text })
    if (entry.state === 'unknown' && anyway !== true)
      throw usage(
        `nobody knows whether the server has taken ${text}: it could arrive twice`,
        'look in the \\Sent mailbox or ask the recipient; --anyway sends it again',
      )
    if (!(await outbox.requeue(id, context.nowMs())))
      throw usage(`${text} is ${entry.state}: there is nothing to retry`, '`mailmirror outbox list` shows what waits')
    const accounts = config.accounts.filter((account) => account.name === entry.account && account.store === store)
    return flushReported(context, { config, parts, accounts, only: id })
  })
}

export function cancelMessages(context: CommandContext, texts: readonly string[]): Promise<ExitStatus> {
  return eachNamed(context, texts, async ({ outbox, id, text }) => {
    const { state } = await entryOf(outbox, { id, text })
    const isCancelled = await outbox.cancel(id, context.nowMs())
    const isGood = isCancelled || state === 'cancelled'
    const line = isGood ? `mailmirror: cancelled (outbox ${text})` : `mailmirror: too late: outbox ${text} is ${state}`
    if (!isGood || !context.options.quiet) await context.terminal.err.write(`${line}\n`)
    return isGood ? exitStatus.done : exitStatus.incomplete
  })
}

export async function flushNow(context: CommandContext, names: readonly string[]): Promise<ExitStatus> {
  const config = await context.loadConfig()
  const parts = await context.sendParts()
  const { accounts } = selectAccounts(config, names)
  const [unable] = accounts.filter((account) => !canSend(account))
  if (unable !== undefined && (names.length > 0 || !accounts.some(canSend))) able(unable, config)
  return flushReported(context, { config, parts, accounts, only: undefined })
}

interface NamedMessage {
  readonly config: Config
  readonly parts: SendParts
  readonly outbox: Outbox
  readonly store: string
  readonly id: number
  readonly text: string
}

/** The worst status of all; each is done whatever becomes of the others' servers. */
async function eachNamed(
  context: CommandContext,
  texts: readonly string[],
  act: (message: NamedMessage) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  const config = await context.loadConfig()
  const parts = await context.sendParts()
  const names = outboxNames(config)
  const found = texts.map((text) => ({ text, ...names.find(text) }))
  let worst: ExitStatus = exitStatus.done
  for (const { text, store, id } of found) {
    using known = await parts.readOutbox(config, store)
    await entryOf(known, { id, text })
    using outbox = await parts.openOutbox(config, store)
    const status = await act({ config, parts, outbox, store, id, text })
    if (status !== exitStatus.done) worst = status
  }
  return worst
}
