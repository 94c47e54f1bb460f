import { hasModseq } from './mailbox-status.ts'
import type { CommandChannel } from './command-channel.ts'

/** NOTIFY (RFC 5465 §5): the server tells of the examined mailbox as IDLE does, and of all others by STATUS, beginning with
 *  the STATUS of each. */
export async function notifyOfAll(channel: CommandChannel, capabilities: ReadonlySet<string>): Promise<void> {
  const events = `(MessageNew MessageExpunge${hasModseq(capabilities) ? ' FlagChange' : ''})`
  await channel.run({
    attempt: 'ask to be told of changes',
    name: 'NOTIFY',
    parts: [`SET STATUS (SELECTED (MessageNew MessageExpunge FlagChange)) (PERSONAL ${events})`],
  })
}

/** Only what is asked for is told from now on. */
export async function notifyOfNothing(channel: CommandChannel): Promise<void> {
  await channel.run({ attempt: 'end being told of changes', name: 'NOTIFY', parts: ['NONE'] })
}
