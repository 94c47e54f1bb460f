import type { StoredMessage } from '../model/stored-message.ts'

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
