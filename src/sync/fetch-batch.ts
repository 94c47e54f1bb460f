import { AppError } from '../model/errors.ts'
import type { FetchedMessage } from '../model/message.ts'
import { hasUid, uidDifference, uidSetOf, uidUnion } from '../model/uid-set.ts'
import type { Uid, UidSet } from '../model/uid-set.ts'
import { readFlagsOf } from './flag-rows.ts'
import type { MailboxPass } from './mailbox-pass.ts'
import { halve } from './plan-batches.ts'
import type { BatchBuilder, MailConnection, MessageSink } from './ports.ts'
import { isTransient } from './retry-policy.ts'
import type { RunContext } from './run-context.ts'

/** SQLite's limit of a value, with room for the rest of its row (F80). */
const maxStorableOctets = 950_000_000
/** One transaction: enough messages that durability costs little, few enough that memory stays small. */
const commitOctets = 2 ** 21
const commitMessages = 1000
/** A mailbox whose server refuses this many batches one after the other is given up for this run: enough for a hundred bad
 *  messages in a row, and for a mailbox that is refused as a whole some seconds. */
const maxRejections = 250

export interface FetchPart {
  readonly pass: MailboxPass
  readonly connection: MailConnection
  /** Its number, for the events. */
  readonly connectionNumber: number
  readonly context: RunContext
}

/** Takes messages as they arrive and hands them to the writer, some megabytes at a time. */
class BatchReceiver implements MessageSink {
  readonly #part: FetchPart
  readonly #wanted: UidSet
  readonly #received: Uid[] = []
  readonly #withoutFlags: Uid[] = []
  readonly #seen = new Set<number>()
  #batch: BatchBuilder
  /** Messages and failures in the batch. */
  #pending = 0

  constructor(part: FetchPart, wanted: UidSet) {
    this.#part = part
    this.#wanted = wanted
    this.#batch = this.#newBatch()
  }

  /** Stored, or recorded as too large. */
  get settled(): UidSet {
    return uidSetOf(this.#received)
  }

  /** Stored, but their flags were not told (F69). */
  get withoutFlags(): UidSet {
    return uidSetOf(this.#withoutFlags)
  }

  allocate(octets: number): Uint8Array | undefined {
    if (octets > maxStorableOctets) return undefined
    if (!this.#batch.fits(octets)) this.flush()
    return this.#batch.allocate(octets)
  }

  received({ row, octets }: FetchedMessage): Promise<void> | undefined {
    const { uid, size, flags } = row
    if (this.#seen.has(uid) || !hasUid(this.#wanted, uid)) return undefined
    if (octets !== undefined) this.#batch.add(row)
    else if (size !== undefined && size > maxStorableOctets) {
      this.#batch.fail({ uid, reason: `too large to be stored: ${size} octets` })
    } else return undefined
    this.#seen.add(uid)
    this.#pending++
    this.#part.pass.received++
    this.#received.push(uid)
    if (flags === undefined && octets !== undefined) this.#withoutFlags.push(uid)
    if (this.#batch.octets >= commitOctets || this.#batch.messages >= commitMessages) this.flush()
    return this.#mayGoOn(octets?.length ?? 0)
  }

  /** Waits while the writer is behind. Rejects when nothing more may come. */
  #mayGoOn(octets: number): Promise<void> | undefined {
    const { pass, context } = this.#part
    context.budget.arrived(octets)
    if (context.budget.isSpent) return Promise.reject(context.budget.error())
    return pass.failedCommit ?? context.store.backpressure()
  }

  /** What has come becomes durable, whatever happens next. */
  flush(): void {
    if (this.#pending === 0) return
    const batch = this.#batch
    this.#batch = this.#newBatch()
    this.#pending = 0
    const { pass, connectionNumber, context } = this.#part
    const { messages, octets } = batch
    context.budget.note()
    pass.commit(batch, ({ cost }) => {
      context.recorder.writerBusy(context.account.name, cost)
      context.onEvent({
        type: 'batch-committed',
        account: context.account.name,
        mailbox: pass.path,
        connection: connectionNumber,
        messages,
        octets,
      })
    })
  }

  #newBatch(): BatchBuilder {
    return this.#part.context.store.newBatch(this.#part.pass.facts.epoch.id)
  }
}

/** Fetches every one of `uids`, or settles what became of it: stored, gone from the server, or recorded as failed. A lost
 *  connection throws; all that is not settled is then back in the pass's queue. */
export async function fetchUids(part: FetchPart, uids: UidSet): Promise<void> {
  const sets = [uids]
  try {
    for (let set = sets.pop(); set !== undefined; set = sets.pop()) sets.push(...(await fetchOnce(part, set)))
  } catch (error) {
    for (const rest of sets) part.pass.queue.putBack(rest)
    throw error
  }
}

/** One command. Returns what has to be fetched again, and how it is divided. */
async function fetchOnce(part: FetchPart, uids: UidSet): Promise<readonly UidSet[]> {
  const { pass } = part
  const receiver = new BatchReceiver(part, uids)
  let refusal: AppError | undefined
  try {
    await part.connection.fetchMessages(uids, receiver)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    refusal = error
  } finally {
    receiver.flush()
  }
  const rest = uidDifference(uids, receiver.settled)
  if (refusal !== undefined && refusal.code !== 'COMMAND_REJECTED') {
    // What came shows that the batch was good so far; one that yields nothing is suspected.
    if (rest.size < uids.size || !isTransient(refusal)) pass.queue.putBack(rest)
    else suspect(part, rest, refusal)
    throw refusal
  }
  try {
    await tellFlags(part, receiver.withoutFlags)
    if (refusal === undefined) return await settleLeftovers(part, rest, uids)
    await settleRejected(part, { rest, asked: uids, error: refusal })
    return []
  } catch (error) {
    pass.queue.putBack(rest)
    throw error
  }
}

function suspect(part: FetchPart, uids: UidSet, error: AppError): void {
  const poison = part.pass.queue.suspect(uids)
  if (poison !== undefined) recordFailure(part, poison, error.message)
}

/** Flags that were not told with the octets are asked for once more (F69). */
async function tellFlags({ pass, connection, context }: FetchPart, uids: UidSet): Promise<void> {
  if (uids.size === 0) return
  pass.untoldFlags = uidUnion(pass.untoldFlags, uids)
  const reader = { connection, store: context.store, epoch: pass.facts.epoch.id, held: uids }
  const { untold } = await readFlagsOf(uids, reader)
  pass.untoldFlags = uidUnion(uidDifference(pass.untoldFlags, uids), untold)
}

interface Rejection {
  readonly rest: UidSet
  readonly asked: UidSet
  readonly error: AppError
}

/** The server refused the batch: the half with the message that spoils it is looked for, once all else is there (F75). */
async function settleRejected(part: FetchPart, { rest, asked, error }: Rejection): Promise<void> {
  const { pass } = part
  pass.rejections = rest.size < asked.size ? 0 : pass.rejections + 1
  if (pass.rejections > maxRejections) throw error
  if (rest.size > 1) pass.queue.divide(rest)
  else if ((await confirmPresent(part, rest)).size > 0) recordFailure(part, rest.bounds[0] ?? 0, error.message)
}

/** The command succeeded and some messages did not come: absence is no proof of absence (rule 1). */
async function settleLeftovers(part: FetchPart, leftovers: UidSet, asked: UidSet): Promise<readonly UidSet[]> {
  part.pass.rejections = 0
  if (leftovers.size === 0) return []
  const present = await confirmPresent(part, leftovers)
  if (present.size === 0) return []
  if (present.size < asked.size) return [present]
  if (present.size > 1) return halve(present).toReversed()
  recordFailure(part, asked.bounds[0] ?? 0, 'the server lists the message and does not send its octets')
  return []
}

/** Those that the server still lists; the others are noted as expunged meanwhile (F44). */
async function confirmPresent({ pass, connection }: FetchPart, uids: UidSet): Promise<UidSet> {
  const present = await connection.searchUids(uids)
  pass.expunged = uidUnion(pass.expunged, uidDifference(uids, present))
  return present
}

function recordFailure({ pass, context }: FetchPart, uid: number, reason: string): void {
  const batch = context.store.newBatch(pass.facts.epoch.id)
  batch.fail({ uid, reason })
  pass.commit(batch, () => {
    context.onEvent({ type: 'message-failed', account: context.account.name, mailbox: pass.path, uid, reason })
  })
}
