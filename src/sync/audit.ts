import type { FlagSet } from '../model/message.ts'
import type { Selector } from '../model/select.ts'
import type { UidSet } from '../model/uid-set.ts'
import type { ContentId, EpochId, MirroredMailbox } from './ports.ts'

/** Where a message is or was. */
export interface Place {
  readonly account: string
  readonly mailbox: string
  /** undefined: the server gives none. */
  readonly uidValidity: number | undefined
  readonly uid: number
  readonly removed: boolean
}

/** `database`: the file; `content`: the octets of a message; `placement`: where it is; `log`: the change log;
 *  `index`: what is derived for searching, and can be made anew. */
export type DamageKind = 'database' | 'content' | 'placement' | 'log' | 'index'

/** Something in a store that is not as it must be. */
export interface Damage {
  readonly kind: DamageKind
  /** For people: what is wrong. */
  readonly problem: string
  /** Number in the store. */
  readonly message: ContentId | undefined
  /** In hex. */
  readonly sha256: string | undefined
  readonly places: readonly Place[]
}

export interface AuditRequest {
  readonly accounts: readonly string[]
  /** Empty: everything in the store, of whatever account. */
  readonly selectors: readonly Selector[]
  /** Whether this content's octets are read and hashed; everything else is checked in any case. */
  readonly isChosen: () => boolean
}

/** What has been looked at since the last step, or what was found. `pruned`: messages whose octets were removed for good. */
export type AuditStep =
  | { readonly kind: 'contents' | 'placements' | 'pruned'; readonly count: number; readonly octets: number }
  | { readonly kind: 'damage'; readonly damage: Damage }

/** A placement as the mirror has it. */
export interface HeldPlacement {
  readonly message: ContentId
  /** System flags and keywords, in the form in which they are compared. */
  readonly flags: FlagSet
}

/** Checks a store against itself and lets it be compared with a server, beside whoever writes it. */
export interface StoreAuditor {
  /** Step by step, in memory that does not depend on the size of the store but for its largest message. Never throws for
   *  damage. */
  audit(request: AuditRequest): Iterable<AuditStep>
  /** The account's mailboxes that are not gone, by path. */
  mirroredMailboxes(account: string): readonly MirroredMailbox[]
  presentUids(epoch: EpochId): UidSet
  /** Recorded as failed or refused. */
  failedUids(epoch: EpochId): UidSet
  /** undefined: not present. */
  placement(epoch: EpochId, uid: number): HeldPlacement | undefined
  /** Whether these are the octets whose hash the store knows for the message. */
  hasOctets(message: ContentId, octets: Uint8Array): boolean
}
