import type { ReportedError, SendingResult, SyncEvent } from './events.ts'

/** What an account is about: `syncing`, all of its mailboxes; `listening`, in a mailbox; `polling`, connecting now and then;
 *  `waiting`, for a server that failed; `parked`, until somebody mends what is wrong. */
export type WatchState = 'syncing' | 'listening' | 'polling' | 'waiting' | 'parked'

/** Facts of a watch, among those of its passes. */
export type WatchEvent =
  | SyncEvent
  | { readonly type: 'watch-started'; readonly accounts: readonly string[] }
  | {
      readonly type: 'account-state'
      readonly account: string
      readonly state: WatchState
      /** Where it listens. */
      readonly mailbox?: string
      /** By which it is told of changes. */
      readonly by?: 'IDLE' | 'NOTIFY'
      /** Until it does something else, in milliseconds. */
      readonly waitMs?: number
      readonly error?: ReportedError
    }
  /** Something may have changed in a mailbox: it is looked at. */
  | {
      readonly type: 'change-noticed'
      readonly account: string
      readonly mailbox: string
      readonly by: 'IDLE' | 'NOTIFY' | 'STATUS'
    }
  /** It can be found from now on. `id`: as a search names it. Hostile until it is made safe. */
  | {
      readonly type: 'new-mail'
      readonly account: string
      readonly mailbox: string
      readonly id: number
      readonly from: string
      readonly subject: string
    }
  /** What waited in the outbox was sent, or tried. */
  | ({ readonly type: 'outbox-flushed' } & SendingResult)
  /** This machine's addresses are others: connections from those that are gone are made anew. */
  | { readonly type: 'network-changed'; readonly gone: readonly string[]; readonly come: readonly string[] }
  /** Connections are dropped and made anew. */
  | { readonly type: 'machine-slept'; readonly ms: number }
  | {
      readonly type: 'config-reloaded'
      readonly added: readonly string[]
      readonly removed: readonly string[]
      readonly changed: readonly string[]
    }
  /** The config stays as it was. */
  | { readonly type: 'reload-failed'; readonly error: ReportedError }

/** Synchronous; must not throw. */
export type OnWatchEvent = (event: WatchEvent) => void
