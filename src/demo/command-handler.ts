import type { Extension } from './extensions.ts'
import type { ParsedCommand } from './command-arguments.ts'
import type { Session } from './session.ts'

/** One command of the protocol. */
export interface CommandHandler {
  /** When it may be given (RFC 9051 §3). */
  readonly when: 'any' | 'not-authenticated' | 'authenticated' | 'selected'
  /** Offered only with this extension. */
  readonly extension?: Extension
  /** EXPUNGE must not be told with it, since sequence numbers are in use (RFC 9051 §7.5.1). */
  readonly keepsSeqNums?: boolean
  /** Sends the untagged responses and returns the tagged one, without its tag. Throws CommandRefused. */
  readonly run: (session: Session, command: ParsedCommand) => string | Promise<string>
}

export type CommandTable = Readonly<Record<string, CommandHandler>>
