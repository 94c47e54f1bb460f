import type { InternalDate } from './message.ts'

/** One place where a message is, or was. */
export interface StoredPlacement {
  readonly account: string
  readonly mailbox: string
  readonly uidValidity: number
  readonly uid: number
  readonly flags: readonly string[]
  readonly keywords: readonly string[]
  readonly labels: readonly string[]
  readonly internalDate: InternalDate | undefined
  /** ISO 8601 in UTC. */
  readonly firstSeen: string
  /** Since when the server no longer lists it there; undefined: it still does. */
  readonly removedAt: string | undefined
}

/** A message as the store holds it. */
export interface StoredMessage {
  /** Its number in the store. */
  readonly id: number
  /** 64 hex digits of its octets. */
  readonly sha256: string
  readonly octets: number
  /** Present ones first. */
  readonly placements: readonly StoredPlacement[]
}
