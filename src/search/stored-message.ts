import type { InternalDate } from '../model/message.ts'

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

/** How a user names a message: `42`, or `sha256:` and at least 4 hex digits. */
export type MessageName = { readonly id: number } | { readonly sha256Prefix: string }

/** undefined for a text that names no message. */
export function parseMessageName(text: string): MessageName | undefined {
  if (/^[1-9]\d{0,15}$/.test(text)) return { id: Number(text) }
  const prefix = /^sha256:([0-9a-f]{4,64})$/i.exec(text)?.[1]
  return prefix === undefined ? undefined : { sha256Prefix: prefix.toLowerCase() }
}

export interface MessageReader {
  /** Every message that has this name: none, one, or several where a prefix is ambiguous (at most 10). */
  find(name: MessageName): readonly StoredMessage[]
  /** The exact octets, checked against their sha256: throws DAMAGED (message) when they differ. */
  read(id: number): Uint8Array
}
