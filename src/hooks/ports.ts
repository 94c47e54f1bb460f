import type { Hook } from '../model/account.ts'
import type { Change } from '../model/change.ts'
import type { Query } from '../model/query.ts'

/** A change, and the number of the content that it is about; undefined: it is about no message, or none that is held. */
export interface LoggedChange {
  readonly change: Change
  readonly content: number | undefined
}

/** Why a hook does not go on at once.
 *  - outage: whoever is to be told cannot be reached or is busy; nothing counts against a change.
 *  - suspect: whoever was told of the change after the cursor, alone, failed or hung, time and again; it may be the change.
 *  - refused: the change after the cursor was refused.
 *  - waiting: for the index, without which nobody knows whom the change concerns. */
export type HookCondition = 'ready' | 'outage' | 'suspect' | 'refused' | 'waiting'

/** How a hook is doing, without how far it has come. Instants are milliseconds since 1970. */
export interface HookHealth {
  readonly condition: HookCondition
  /** How often the change after the cursor was refused, or is suspected, by itself, and since when. */
  readonly failures: number
  readonly failingSinceMs: number | undefined
  /** Attempts in a row that met an outage. */
  readonly outages: number
  readonly pausedUntilMs: number | undefined
  /** What went wrong last; no secrets, but words of strangers: unsafe. */
  readonly lastError: string | undefined
}

export interface HookState extends HookHealth {
  readonly name: string
  /** Everything up to this number was delivered, passed over by the filter, or is a dead letter. */
  readonly cursor: number
  readonly updatedAtMs: number
}

/** A change that was given up. */
export interface DeadLetter {
  readonly hook: string
  readonly seq: number
  readonly reason: string
  readonly atMs: number
  /** Somebody has asked that it be delivered again. */
  readonly isWanted: boolean
}

export interface HookReader extends Disposable {
  /** By name; also hooks that no config has any more. */
  states(): Promise<readonly HookState[]>
  /** By hook and number. */
  deadLetters(): Promise<readonly DeadLetter[]>
  /** Of the log; 0: it is empty. */
  lastSeq(): Promise<number>
}

/** The hooks of one store. Every method is one short transaction beside whoever writes the mirror, and durable when it resolves.
 *  Throws STORE_* errors. */
export interface HookStore extends HookReader {
  state(name: string): Promise<HookState | undefined>
  /** Those that are not known yet begin at the present end of the log. */
  register(names: readonly string[], atMs: number): Promise<void>
  /** In the order of commits, at most so many after a number. */
  changesAfter(seq: number, limit: number): Promise<readonly LoggedChange[]>
  /** The number before the first change at or after an instant. */
  seqBefore(fromMs: number): Promise<number>
  /** Everything up to `to` is done with. False, and nothing is changed: the cursor does not stand at `from` any more. */
  advance(name: string, move: CursorMove): Promise<boolean>
  /** How it does, as long as its cursor stands there; false: it does not. */
  note(name: string, place: CursorPlace, health: HookHealth): Promise<boolean>
  /** The change after the cursor becomes a dead letter, and the cursor goes on to it. False: see `advance`. */
  bury(name: string, place: CursorPlace, letter: GivenUp): Promise<boolean>
  /** Of a dead letter that was wanted: it has arrived (undefined), or why not. */
  settleLetter(
    name: string,
    seq: number,
    fate: { readonly reason: string | undefined; readonly atMs: number },
  ): Promise<void>
  /** Ends its pause; with `withLetters` its dead letters are delivered again. How many those are. */
  wake(name: string, withLetters: boolean, atMs: number): Promise<number>
  /** The cursor goes there, forward or back, and nothing counts against it any more. It need not be known yet. */
  rewind(name: string, to: number, atMs: number): Promise<void>
  /** Forgets its dead letters. How many there were. */
  dropLetters(name: string): Promise<number>
  /** Forgets the hook with its dead letters. */
  forget(name: string): Promise<void>
  /** For whoever delivers: only one process does, for a store. undefined: another one. The lock goes when its process ends. */
  lock(): Promise<Disposable | undefined>
}

/** Where a cursor stands, and the present instant. */
export interface CursorPlace {
  readonly cursor: number
  readonly atMs: number
}

export interface GivenUp {
  readonly seq: number
  readonly reason: string
}

export interface CursorMove {
  readonly from: number
  readonly to: number
  readonly atMs: number
}

/** What is known of the messages that changes are about. Throws STORE_* errors. */
export interface HookIndex extends Disposable {
  /** The number of the last content that can be searched; 0: none can. */
  indexedUpTo(): number
  /** Those of these contents that the query finds among the placements of this account. */
  among(query: Query, account: string, contents: readonly number[]): ReadonlySet<number>
  /** A line of JSON for each change, in their order, without its end. */
  lines(changes: readonly LoggedChange[]): readonly string[]
}

export interface Delivery {
  readonly hook: Hook
  /** The same for the same changes of the same store, whenever they are sent. */
  readonly id: string
  /** A JSON object for each change, in the order of commits; at least one. */
  readonly lines: readonly string[]
}

/** How one attempt ended. Reasons hold no secret.
 *  - refused: whoever was told does not take this, now or later.
 *  - unavailable: nobody took it; whether it has arrived is not known. `retryAfterMs`: as they wished. `isSuspect`: they had it, and
 *    may have come to grief over what it says.
 *  - interrupted: the signal has fired. */
export type DeliveryOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'refused'; readonly reason: string }
  | {
      readonly kind: 'unavailable'
      readonly reason: string
      readonly retryAfterMs?: number | undefined
      readonly isSuspect?: boolean
    }
  | { readonly kind: 'interrupted' }

/** Who is told. */
export interface HookReceiver {
  /** One attempt, which ends by itself within half a minute. Never throws. */
  deliver(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome>
}

export interface HookClock {
  /** Never goes back. */
  monotonicMs(): number
  /** Rejects when the signal fires. */
  delay(ms: number, signal: AbortSignal): Promise<void>
  /** From 0 up to 1. */
  random(): number
}

/** A hook of the config with its query read. */
export interface WiredHook {
  readonly hook: Hook
  readonly query: Query | undefined
}
