import type { AppError } from '../model/errors.ts'
import type { OutboxEntry } from './outbox.ts'

/** Facts of sending, in the past tense. Servers' words in them are hostile until they are made safe. */
export type SendEvent =
  /** An attempt has ended; `entry` is as it is now. */
  | { readonly type: 'message-submitted'; readonly entry: OutboxEntry }
  /** What was `sending` when its process died, or was unknown, and turned out to have been taken. */
  | { readonly type: 'message-confirmed'; readonly entry: OutboxEntry }
  /** A process died while it was sending: nobody knows. */
  | { readonly type: 'message-abandoned'; readonly entry: OutboxEntry }
  | { readonly type: 'copy-filed'; readonly entry: OutboxEntry; readonly mailbox: string }
  /** The server wants to be asked later: it is, in this run. */
  | { readonly type: 'account-paused'; readonly account: string; readonly waitMs: number; readonly reason: string }
  /** Nothing more is sent for the account now; what is queued stays queued. */
  | { readonly type: 'account-stopped'; readonly account: string; readonly error: AppError }
  | { readonly type: 'copies-delayed'; readonly account: string; readonly error: AppError }
  /** Another process sends from this store. */
  | { readonly type: 'outbox-busy' }

export type OnSendEvent = (event: SendEvent) => void
