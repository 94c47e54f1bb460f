import type { AppError } from '../model/errors.ts'
import type { ListedMailbox } from '../model/mailbox.ts'
import { emptyUidSet, uidDifference } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import type { FailedMessage, MailboxResult } from './events.ts'
import { FetchQueue } from './fetch-queue.ts'
import type {
  BatchBuilder,
  BatchOutcome,
  Comparison,
  ExaminedMailbox,
  MirroredEpoch,
  MirroredMailbox,
} from './ports.ts'

/** What a mailbox said at its EXAMINE, and what follows from it. */
export interface BegunPass {
  readonly epoch: MirroredEpoch
  readonly examined: ExaminedMailbox
  /** Present placements before. */
  readonly held: UidSet
  /** Recorded as failed or refused before. */
  readonly failed: UidSet
  /** All UIDs that the server lists; those that are found gone meanwhile leave it. */
  readonly expected: UidSet
  /** Placements and failure records of UIDs that the server no longer lists. */
  readonly removed: UidSet
}

/** `failing`: it has been given up, and other connections have yet to end what they are fetching for it. */
export type PassState = 'waiting' | 'beginning' | 'fetching' | 'finishing' | 'failing' | 'done'

/** One mailbox's turn within a run. */
export class MailboxPass {
  readonly listed: ListedMailbox
  readonly mailbox: MirroredMailbox
  state: PassState = 'waiting'
  begun: BegunPass | undefined
  queue = new FetchQueue(emptyUidSet, emptyUidSet)
  /** Batches being fetched now. */
  fetching = 0
  /** Connections lost one after the other without a message or a step forward in between. */
  losses = 0
  /** Why it was given up. */
  trouble: AppError | undefined
  /** Batches refused by the server, one after the other. */
  rejections = 0
  /** Whether a second listing has been made because the first did not add up. */
  isRechecked = false
  /** Messages that came: the sign that a connection was good for something. */
  received = 0
  startedMs: number | undefined
  /** Listed, but found gone since. */
  expunged = emptyUidSet
  comparison: Comparison = 'changes'
  /** Held, but the server has not told their flags (F69). */
  untoldFlags = emptyUidSet
  newMessages = 0
  downloadedOctets = 0
  flagChanges = 0
  removedMessages = 0
  /** How many messages an estimate expects to be fetched. */
  readonly expectedMessages: number
  /** Passes of a later turn begin when all of the earlier ones have ended. */
  turn = 1
  /** A batch that the store did not take: rejected with what it threw. */
  failedCommit: Promise<void> | undefined
  readonly #commits = new Set<Promise<void>>()

  constructor(listed: ListedMailbox, mailbox: MirroredMailbox, expectedMessages: number) {
    this.listed = listed
    this.mailbox = mailbox
    this.expectedMessages = expectedMessages
  }

  get path(): string {
    return this.listed.path
  }

  /** What `begin` found; asking before is a bug. */
  get facts(): BegunPass {
    if (this.begun === undefined) throw new Error(`the pass of ${this.path} has not begun`)
    return this.begun
  }

  /** What the server lists now, as far as is known. */
  get expected(): UidSet {
    return this.begun === undefined ? emptyUidSet : uidDifference(this.begun.expected, this.expunged)
  }

  /** Hands a batch to the writer without waiting for it. */
  commit(batch: BatchBuilder, onCommitted: (outcome: BatchOutcome) => void): void {
    const commit = this.#commit(batch, onCommitted)
    this.#commits.add(commit)
    // A failure stays in the set: `committed` throws it. Until then it must not count as unhandled.
    commit.then(
      () => this.#commits.delete(commit),
      () => {
        this.failedCommit ??= commit
      },
    )
  }

  async #commit(batch: BatchBuilder, onCommitted: (outcome: BatchOutcome) => void): Promise<void> {
    const outcome = await batch.commit()
    this.newMessages += outcome.added
    this.downloadedOctets += outcome.octets
    onCommitted(outcome)
  }

  /** All that was handed over is durable. Throws what the store threw. */
  async committed(): Promise<void> {
    await Promise.all(this.#commits)
  }
}

export interface PassEnd {
  readonly serverMessages: number | undefined
  readonly messages: number
  readonly failed: readonly FailedMessage[]
  readonly refused: number
  /** Why it is not complete; undefined: it is. */
  readonly reason: string | undefined
  readonly nowMs: number
}

/** The checkable statement of a pass. */
export function toResult(pass: MailboxPass, end: PassEnd): MailboxResult {
  return {
    path: pass.path,
    serverMessages: end.serverMessages,
    messages: end.messages,
    newMessages: pass.newMessages,
    downloadedOctets: pass.downloadedOctets,
    flagChanges: pass.flagChanges,
    removed: pass.removedMessages,
    failed: end.failed,
    refused: end.refused,
    complete: end.reason === undefined,
    ...(end.reason === undefined ? {} : { reason: end.reason }),
    durationMs: Math.round(end.nowMs - (pass.startedMs ?? end.nowMs)),
  }
}

export interface UntouchedMailbox {
  readonly path: string
  readonly serverMessages: number | undefined
  readonly messages: number
  /** Why it is not complete; undefined: it is. */
  readonly reason: string | undefined
}

/** The statement about a mailbox without a pass. */
export function untouchedResult({ path, serverMessages, messages, reason }: UntouchedMailbox): MailboxResult {
  return {
    path,
    serverMessages,
    messages,
    newMessages: 0,
    downloadedOctets: 0,
    flagChanges: 0,
    removed: 0,
    failed: [],
    refused: 0,
    complete: reason === undefined,
    ...(reason === undefined ? {} : { reason }),
    durationMs: 0,
  }
}
