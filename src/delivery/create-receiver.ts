import type { HookReceiver } from '../hooks/ports.ts'
import { receiveByCommand } from './receive-by-command.ts'
import type { CommandOptions } from './receive-by-command.ts'
import { receiveByPost } from './receive-by-post.ts'
import type { PostOptions } from './receive-by-post.ts'

/** Programs and web servers that are told of changes. */
export function createReceiver(options: CommandOptions & PostOptions): HookReceiver {
  return {
    deliver: (delivery, signal) => {
      const { target } = delivery.hook
      return target.kind === 'command'
        ? receiveByCommand(target.argv, delivery, { ...options, signal })
        : receiveByPost(target, delivery, { ...options, signal })
    },
  }
}
