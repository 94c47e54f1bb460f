import { headerProof } from '../model/header-fields.ts'
import { toUid, uidSetOf } from '../model/uid-set.ts'
import type { Uid, UidSet } from '../model/uid-set.ts'
import type { WantedMessage } from './plan-restore.ts'
import type { RestoreConnection, ServerMessages } from './restore-ports.ts'

export interface PresentOptions {
  readonly connection: RestoreConnection
  /** What the mailbox holds, which is examined on the connection. */
  readonly listed: ServerMessages
  /** What was put there before: SHA-256 of the stored octets by UID. */
  readonly known: ReadonlyMap<number, string>
  /** A message as it would be sent; undefined: it cannot be read. */
  readonly wireOctets: (wanted: WantedMessage) => Buffer | undefined
  /** SHA-256 in hex digits. */
  readonly hash: (octets: Uint8Array) => string
  readonly signal: AbortSignal
}

/** A wanted message of which the mailbox has one of the same size. */
interface Candidate {
  readonly index: number
  readonly size: number
  readonly seconds: number | undefined
  /** SHA-256 of its `headerProof`. */
  readonly proof: string | undefined
}

/** UIDs in one command. */
const chunk = 500

/** Which of the wanted messages the mailbox holds, by their index: each of its messages counts once. That is one which was put there
 *  before; or one of the same size, header fields and INTERNALDATE; or one of the same octets, where the date or the header does not
 *  tell. */
export async function findPresent(
  wanted: readonly WantedMessage[],
  options: PresentOptions,
): Promise<ReadonlySet<number>> {
  const present = new Set<number>()
  const rows = new UnclaimedRows(options.listed)
  claimKnown(wanted, { ...options, rows, present })
  if (rows.size === 0) return present
  const candidates = candidatesAmong(wanted, { ...options, rows, present })
  const proofs = await proofsOf(rows.ofSizes(new Set(candidates.map(({ size }) => size))), options)
  const byHeader = claimByHeader(candidates, { rows, proofs })
  for (const { index } of byHeader) present.add(index)
  const left = candidates.filter(({ index }) => !present.has(index))
  for (const index of await claimByOctets(left, { ...options, wanted, rows, proofs })) present.add(index)
  return present
}

/** What the mailbox holds and none of the wanted messages is yet. */
class UnclaimedRows {
  readonly #bySize = new Map<number, Map<Uid, number>>()
  readonly #sizes = new Map<Uid, number>()

  constructor({ uids, sizes, seconds }: ServerMessages) {
    uids.forEach((number, index) => {
      const uid = toUid(number)
      if (uid === undefined) return
      const size = sizes[index] ?? NaN
      const rows = this.#bySize.get(size) ?? new Map<Uid, number>()
      this.#bySize.set(size, rows)
      rows.set(uid, seconds[index] ?? NaN)
      this.#sizes.set(uid, size)
    })
  }

  get size(): number {
    return this.#sizes.size
  }

  has(size: number): boolean {
    return (this.#bySize.get(size)?.size ?? 0) > 0
  }

  ofSizes(sizes: ReadonlySet<number>): readonly Uid[] {
    return [...sizes].flatMap((size) => [...(this.#bySize.get(size)?.keys() ?? [])])
  }

  sizeOf(uid: Uid): number {
    return this.#sizes.get(uid) ?? NaN
  }

  /** INTERNALDATE by UID. */
  ofSize(size: number): ReadonlyMap<Uid, number> {
    return this.#bySize.get(size) ?? new Map()
  }

  /** False: it is another's, or not there. */
  claim(number: number): boolean {
    const uid = toUid(number)
    const size = uid === undefined ? undefined : this.#sizes.get(uid)
    if (uid === undefined || size === undefined) return false
    this.#sizes.delete(uid)
    this.#bySize.get(size)?.delete(uid)
    return true
  }
}

type Claiming = PresentOptions & { readonly rows: UnclaimedRows; readonly present: Set<number> }

function claimKnown(wanted: readonly WantedMessage[], { known, rows, present }: Claiming): void {
  const uidsByHash = Map.groupBy(known.keys(), (uid) => known.get(uid) ?? '')
  wanted.forEach(({ sha256 }, index) => {
    const uids = uidsByHash.get(sha256) ?? []
    for (let uid = uids.pop(); uid !== undefined; uid = uids.pop()) {
      if (!rows.claim(uid)) continue
      present.add(index)
      return
    }
  })
}

function candidatesAmong(wanted: readonly WantedMessage[], options: Claiming): readonly Candidate[] {
  const { rows, present, wireOctets, hash, signal } = options
  const candidates: Candidate[] = []
  wanted.forEach((message, index) => {
    signal.throwIfAborted()
    const octets = present.has(index) ? undefined : wireOctets(message)
    if (octets === undefined || !rows.has(octets.length)) return
    const proof = headerProof(octets)
    const hashed = proof === undefined ? undefined : hash(Buffer.from(proof, 'latin1'))
    candidates.push({ index, size: octets.length, seconds: message.internalDate?.seconds, proof: hashed })
  })
  return candidates
}

/** SHA-256 of the `headerProof` of each that has one. */
async function proofsOf(
  uids: readonly Uid[],
  { connection, hash, signal }: PresentOptions,
): Promise<ReadonlyMap<number, string>> {
  const proofs = new Map<number, string>()
  for (const some of chunksOf(uids)) {
    signal.throwIfAborted()
    for (const [uid, proof] of await connection.headerProofs(some)) proofs.set(uid, hash(Buffer.from(proof, 'latin1')))
  }
  return proofs
}

interface Proven {
  readonly rows: UnclaimedRows
  readonly proofs: ReadonlyMap<number, string>
}

const keyOf = (size: number, seconds: number, proof: string): string => `${size} ${seconds} ${proof}`

function claimByHeader(candidates: readonly Candidate[], { rows, proofs }: Proven): readonly Candidate[] {
  const uidsByKey = new Map<string, Uid[]>()
  for (const size of new Set(candidates.map((one) => one.size))) {
    for (const [uid, seconds] of rows.ofSize(size)) {
      const proof = proofs.get(uid)
      if (proof === undefined || Number.isNaN(seconds)) continue
      const key = keyOf(size, seconds, proof)
      add(uidsByKey, key, uid)
    }
  }
  return candidates.filter(({ size, seconds, proof }) => {
    if (seconds === undefined || proof === undefined) return false
    const uid = uidsByKey.get(keyOf(size, seconds, proof))?.shift()
    return uid !== undefined && rows.claim(uid)
  })
}

/** Fetches those that may be one of the candidates, and compares their octets. */
async function claimByOctets(
  candidates: readonly Candidate[],
  options: PresentOptions & Proven & { readonly wanted: readonly WantedMessage[] },
): Promise<readonly number[]> {
  const { rows, proofs, connection, wanted, wireOctets, hash, signal } = options
  const bySize = Map.groupBy(candidates, ({ size }) => size)
  const uids = rows.ofSizes(new Set(bySize.keys()))
  const suspects = uids.filter((uid) => {
    const proof = proofs.get(uid)
    return bySize.get(rows.sizeOf(uid))?.some((one) => one.proof === proof) === true
  })
  const uidsByHash = new Map<string, number[]>()
  for (const some of chunksOf(suspects)) {
    signal.throwIfAborted()
    for (const [uid, own] of await connection.hashes(some)) add(uidsByHash, own, uid)
  }
  if (uidsByHash.size === 0) return []
  return candidates.flatMap(({ index }) => {
    const message = wanted[index]
    const octets = message === undefined ? undefined : wireOctets(message)
    const uid = octets === undefined ? undefined : uidsByHash.get(hash(octets))?.shift()
    return uid !== undefined && rows.claim(uid) ? [index] : []
  })
}

function add<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

function* chunksOf(uids: readonly Uid[]): Generator<UidSet> {
  const sorted = uids.toSorted((one, other) => one - other)
  for (let start = 0; start < sorted.length; start += chunk) yield uidSetOf(sorted.slice(start, start + chunk))
}
