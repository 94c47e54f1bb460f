import type { Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { NewOutboxMessage } from '../send/outbox.ts'
import type { SendingAccount } from './sending-account.ts'
import type { SendParts } from './send-parts.ts'

export interface ComposeFlags {
  readonly from?: string
  readonly to?: readonly string[]
  readonly cc?: readonly string[]
  readonly bcc?: readonly string[]
  readonly subject?: string
  readonly body?: string
  readonly html?: string
  readonly attach?: readonly string[]
  readonly replyTo?: string
  readonly forward?: string
  readonly header?: readonly string[]
}

export interface MessageFlags extends ComposeFlags {
  readonly account?: string
  /** As sendmail's. */
  readonly t?: true
  readonly f?: string
  /** Another name of it. */
  readonly r?: string
  readonly F?: string
}

export interface OutgoingRequest {
  readonly config: Config
  readonly parts: SendParts
  readonly recipients: readonly string[]
  readonly flags: MessageFlags
}

export interface Outgoing {
  readonly account: SendingAccount
  readonly message: Pick<NewOutboxMessage, 'messageId' | 'subject' | 'envelope' | 'octets'>
}

/** Octets of a message, at most: more than any server takes. */
export const largestMessage = 2 ** 29

export function usage(message: string, hint: string): AppError {
  return new AppError({ code: 'USAGE', message, hint, scope: 'message' })
}

export function messageIdOf({ uniqueId }: SendParts, { email }: SendingAccount): string {
  const domain = email.slice(email.lastIndexOf('@') + 1)
  return `<${uniqueId()}@${/^[\w.-]+$/.test(domain) ? domain : 'mailmirror.invalid'}>`
}
