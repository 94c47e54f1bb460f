import type { CommandChannel } from './command-channel.ts'

/** IDLE (RFC 2177) in the examined mailbox until `until` resolves; DONE is sent then, and where the connection is given up
 *  meanwhile. What the server tells goes to the channel's listener. */
export async function idle(channel: CommandChannel, until: Promise<void>): Promise<void> {
  await channel.run({ attempt: 'wait for changes', name: 'IDLE', parts: [], lastsUntil: until })
}
