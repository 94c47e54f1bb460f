import { splitFlags } from '../model/message.ts'
import type { FlagSet, MessageRow } from '../model/message.ts'
import type { PackedRows } from './writer-protocol.ts'

const emptyFlags = { flags: null, keywords: null }

/** Mailboxes hold few combinations of flags: each is brought into its stored form once. */
export class RowPacker {
  readonly #known = new Map<string, { readonly flags: string; readonly keywords: string }>()

  pack(rows: readonly MessageRow[]): PackedRows {
    const flagSets = rows.map((row) => (row.flags === undefined ? emptyFlags : this.#toStored(row.flags)))
    return {
      uids: Uint32Array.from(rows, (row) => row.uid),
      flags: flagSets.map((set) => set.flags),
      keywords: flagSets.map((set) => set.keywords),
      labels: rows.map((row) => (row.labels === undefined ? null : JSON.stringify([...row.labels].toSorted()))),
      modseqs: rows.map((row) => row.modseq ?? null),
      dates: rows.map((row) => row.internalDate?.seconds ?? null),
      dateOffsets: rows.map((row) => row.internalDate?.offsetMinutes ?? null),
      // The words are kept only where the numbers do not say it all.
      dateTexts: rows.map((row) => (row.internalDate?.seconds === undefined ? (row.internalDate?.text ?? null) : null)),
      sizes: rows.map((row) => row.size ?? null),
      providerIds: rows.map((row) => row.providerId ?? null),
      threadIds: rows.map((row) => row.threadId ?? null),
    }
  }

  #toStored(raw: readonly string[]): { readonly flags: string; readonly keywords: string } {
    const key = raw.join(' ')
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const { flags, keywords }: FlagSet = splitFlags(raw)
    const stored = { flags: JSON.stringify(flags), keywords: JSON.stringify(keywords) }
    // A server that makes up keywords must not fill the memory.
    if (this.#known.size < 1000) this.#known.set(key, stored)
    return stored
  }
}

/** Octets that a pack holds without being made anew for one large message. */
export const packOctets = 2 ** 21
/** Octets handed to the writer and not committed yet, above which nothing more is received. */
const maxOctetsInFlight = 3 * packOctets

/** A pack of up to so many octets, made for a large message, is kept for the next large one. Left to the garbage collector,
 *  a few of them would double the process. */
const largestKept = 2 ** 24

/** Shared memory in which octets are handed to the writer, used again as soon as the writer has answered. */
export class PackPool {
  readonly #free: SharedArrayBuffer[] = []
  #freeLarge: SharedArrayBuffer | undefined
  #octetsInFlight = 0
  #room: PromiseWithResolvers<void> | undefined

  take(octets: number): SharedArrayBuffer {
    if (octets <= packOctets) return this.#free.pop() ?? new SharedArrayBuffer(packOctets)
    const kept = this.#freeLarge
    if (kept === undefined || kept.byteLength < octets) return new SharedArrayBuffer(octets)
    this.#freeLarge = undefined
    return kept
  }

  /** The pack is on its way to the writer. */
  handedOver(pack: SharedArrayBuffer): void {
    this.#octetsInFlight += pack.byteLength
  }

  /** The writer has answered. */
  release(pack: SharedArrayBuffer): void {
    this.#octetsInFlight -= pack.byteLength
    if (pack.byteLength === packOctets) this.#free.push(pack)
    else if (pack.byteLength <= largestKept && pack.byteLength > (this.#freeLarge?.byteLength ?? 0))
      this.#freeLarge = pack
    if (this.#octetsInFlight >= maxOctetsInFlight) return
    this.#room?.resolve()
    this.#room = undefined
  }

  backpressure(): Promise<void> | undefined {
    if (this.#octetsInFlight < maxOctetsInFlight) return undefined
    this.#room ??= Promise.withResolvers<void>()
    return this.#room.promise
  }
}
