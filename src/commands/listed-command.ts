import type { Command } from 'commander'
import type { CommandHost } from './context.ts'

type Define = (command: Command, host: CommandHost) => void

/** What the help tells of a command, and where the rest of it is. */
export interface ListedCommand {
  readonly usage: string
  readonly summary: string
  /** Not in the help: nobody types it. */
  readonly isHidden?: boolean
  readonly load: () => Promise<Define>
}
