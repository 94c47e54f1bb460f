import { emptyUidSet, uidDifference, uidIntersection, uidUnion } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import { halve, takeNewestBatch } from './plan-batches.ts'

/** What remains to be fetched of a mailbox. What spoils a batch must not keep the rest waiting, in this run or in any: UIDs
 *  under which the server refused a batch or dropped the connection come back in halves, after all others, until the one
 *  that is to blame stands alone (F75, F77), and those that failed in a former run come last. */
export class FetchQueue {
  #fresh: UidSet
  #last: UidSet
  readonly #suspects: UidSet[] = []
  readonly #lostAlone = new Set<number>()

  constructor(uids: UidSet, failedBefore: UidSet) {
    this.#fresh = uidDifference(uids, failedBefore)
    this.#last = uidIntersection(uids, failedBefore)
  }

  get isEmpty(): boolean {
    return this.#fresh.size === 0 && this.#suspects.length === 0 && this.#last.size === 0
  }

  /** The next batch, newest first; undefined when there is none. */
  take(): UidSet | undefined {
    if (this.#fresh.size === 0 && this.#suspects.length > 0) return this.#suspects.shift()
    if (this.#fresh.size === 0) [this.#fresh, this.#last] = [this.#last, emptyUidSet]
    if (this.#fresh.size === 0) return undefined
    const { batch, rest } = takeNewestBatch(this.#fresh)
    this.#fresh = rest
    return batch
  }

  /** Puts back what was not begun. */
  putBack(uids: UidSet): void {
    this.#fresh = uidUnion(this.#fresh, uids)
  }

  /** Two or more, of which one or another spoils the batch. The larger sets come first, so that as many as possible are
   *  there before it is settled which ones are to blame. */
  divide(uids: UidSet): void {
    this.#suspects.push(...halve(uids))
  }

  /** The connection was lost while these were being fetched. Returns the UID that has now lost it twice on its own. */
  suspect(uids: UidSet): number | undefined {
    if (uids.size === 0) return undefined
    if (uids.size > 1) {
      this.divide(uids)
      return undefined
    }
    const uid = uids.bounds[0] ?? 0
    if (this.#lostAlone.has(uid)) return uid
    this.#lostAlone.add(uid)
    this.#suspects.push(uids)
    return undefined
  }

  clear(): void {
    this.#fresh = this.#last = emptyUidSet
    this.#suspects.length = 0
  }
}
