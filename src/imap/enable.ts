import type { CommandChannel } from './command-channel.ts'
import { CommandRejected } from './command-error.ts'

/** ENABLE (RFC 5161). True only when the server says that it is on: some answer OK and name nothing, and then it is off
 *  (F51, F103). */
export async function enable(channel: CommandChannel, extension: string): Promise<boolean> {
  let isOn = false
  try {
    await channel.run({
      attempt: `enable ${extension}`,
      name: 'ENABLE',
      parts: [extension],
      onUntagged: ({ text }) => {
        const named = /^\* ENABLED (.*)$/i.exec(text)?.[1]?.toUpperCase().split(' ')
        if (named?.includes(extension) === true) isOn = true
        return undefined
      },
    })
    return isOn
  } catch (error) {
    if (error instanceof CommandRejected && error.code === 'COMMAND_REJECTED') return false
    throw error
  }
}
