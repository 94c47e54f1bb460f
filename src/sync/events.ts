import { AppError, messageOf } from '../model/errors.ts'
import type { ErrorCode } from '../model/errors.ts'
import type { Tier } from './plan-mailbox.ts'

/** What stands in the way of a message: reasons are words that scripts may test. */
export interface FailedMessage {
  readonly uid: number
  readonly reason: string
}

/** A mailbox at the end of its pass: the checkable statement. */
export interface MailboxResult {
  readonly path: string
  /** `unknown`: the server was not asked, or did not say. */
  readonly serverMessages: number | undefined
  /** Present in the mirror. */
  readonly messages: number
  readonly newMessages: number
  readonly downloadedOctets: number
  readonly flagChanges: number
  readonly removed: number
  readonly failed: readonly FailedMessage[]
  /** Kept out by the owner's own policy; leaves the mailbox complete. */
  readonly refused: number
  readonly complete: boolean
  /** Why not, when it is not. */
  readonly reason?: string
  /** From the first command of its pass to the last, in milliseconds. */
  readonly durationMs: number
}

/** How an account's part of a run ended. `budget-spent`: in good order, with what could be had for today. */
export type AccountOutcome = 'complete' | 'incomplete' | 'failed' | 'budget-spent' | 'interrupted'

export interface ReportedError {
  readonly code: ErrorCode | 'INTERNAL'
  readonly message: string
  readonly hint?: string
  /** When it is worth trying again: ISO 8601 in UTC. */
  readonly resumesAt?: string
}

export interface AccountResult {
  readonly name: string
  readonly outcome: AccountOutcome
  readonly error?: ReportedError
  readonly mailboxes: readonly MailboxResult[]
  readonly roundTrips: number
  readonly receivedOctets: number
}

/** What has become of the index of one store. It follows the facts and may be behind them; the mirror is complete all the same. */
export interface IndexResult {
  readonly store: string
  /** Messages put into it by this run. */
  readonly indexed: number
  /** Messages that a search cannot find yet; undefined: not known. */
  readonly pending: number | undefined
  readonly error?: ReportedError
}

/** A message of the outbox that this run gave up, or of which nobody knows whether the server has it. */
export interface UnsentMessage {
  /** As `outbox` takes it; undefined: the outbox as a whole. */
  readonly id: string | undefined
  readonly account: string
  readonly state: 'failed' | 'unknown'
  /** Why; hostile until it is made safe. */
  readonly reason: string
}

/** What a run has sent of the outbox beside mirroring. */
export interface SendingResult {
  readonly sent: number
  /** Messages that wait for a later run. */
  readonly queued: number
  readonly unsent: readonly UnsentMessage[]
}

export interface SyncFinished {
  readonly type: 'sync-finished'
  readonly complete: boolean
  readonly durationMs: number
  readonly accounts: readonly AccountResult[]
  /** undefined: nothing was to be indexed. */
  readonly index?: readonly IndexResult[]
  /** undefined: nothing waited in the outbox. */
  readonly sending?: SendingResult
}

/** Facts of a run, in the past tense, in the order in which they happened. Names are as the server gave them: whoever
 *  shows one makes it safe first. `connection` numbers an account's connections from 1. */
export type SyncEvent =
  | { readonly type: 'sync-started'; readonly accounts: readonly string[] }
  | {
      readonly type: 'connection-opened'
      readonly account: string
      readonly connection: number
      readonly host: string
      readonly security: string
    }
  | { readonly type: 'connection-closed'; readonly account: string; readonly connection: number }
  /** The server has said how many connections it bears: so many are left to the account. */
  | {
      readonly type: 'connections-lowered'
      readonly account: string
      readonly connections: number
      readonly message: string
    }
  /** It has carried out a command and said that it slows down (F30). */
  | { readonly type: 'server-slowed'; readonly account: string; readonly connection: number }
  | {
      readonly type: 'mailboxes-listed'
      readonly account: string
      readonly mailboxes: number
      readonly skipped: number
    }
  | {
      readonly type: 'mailbox-planned'
      readonly account: string
      readonly mailbox: string
      readonly tier: Tier
      readonly why: string
      /** What STATUS said; undefined: it was not asked or not told. */
      readonly serverMessages: number | undefined
      readonly messages: number
      /** An estimate of what will be fetched, from the counts. */
      readonly expectedMessages: number
    }
  | {
      readonly type: 'mailbox-started'
      readonly account: string
      readonly mailbox: string
      readonly connection: number
    }
  | {
      readonly type: 'mailbox-listed'
      readonly account: string
      readonly mailbox: string
      readonly serverMessages: number
      /** Messages whose octets will be fetched. */
      readonly toFetch: number
      readonly batches: number
    }
  | {
      /** All UIDs and flags are compared although the server named what has changed: it seems to leave changes out. */
      readonly type: 'mailbox-compared'
      readonly account: string
      readonly mailbox: string
      readonly why: string
    }
  | {
      readonly type: 'batch-started'
      readonly account: string
      readonly mailbox: string
      readonly connection: number
      readonly messages: number
    }
  | {
      readonly type: 'batch-committed'
      readonly account: string
      readonly mailbox: string
      readonly connection: number
      readonly messages: number
      readonly octets: number
    }
  | {
      readonly type: 'message-failed'
      readonly account: string
      readonly mailbox: string
      readonly uid: number
      readonly reason: string
    }
  | {
      readonly type: 'retry-scheduled'
      readonly account: string
      readonly mailbox?: string
      readonly code: ErrorCode
      readonly message: string
      readonly delayMs: number
    }
  | {
      readonly type: 'mailbox-failed'
      readonly account: string
      readonly mailbox: string
      readonly error: ReportedError
    }
  | { readonly type: 'mailbox-finished'; readonly account: string; readonly mailbox: MailboxResult }
  /** Their octets were held already. */
  | {
      readonly type: 'messages-linked'
      readonly account: string
      readonly mailbox: string
      readonly messages: number
    }
  | { readonly type: 'mailbox-gone'; readonly account: string; readonly mailbox: string; readonly removed: number }
  | {
      readonly type: 'mailbox-renamed'
      readonly account: string
      readonly mailbox: string
      readonly formerly: string
    }
  | { readonly type: 'account-finished'; readonly account: AccountResult }
  | {
      readonly type: 'index-progressed'
      readonly store: string
      readonly indexed: number
      readonly total: number
    }
  | SyncFinished

/** Synchronous; must not throw. */
export type OnSyncEvent = (event: SyncEvent) => void

export function toReportedError(error: unknown): ReportedError {
  if (!(error instanceof AppError)) return { code: 'INTERNAL', message: messageOf(error) }
  const { code, message, hint, resumesAtMs } = error
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(resumesAtMs === undefined ? {} : { resumesAt: new Date(resumesAtMs).toISOString() }),
  }
}
