import { emptyUidSet, uidUnion } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import { halve, takeNewestBatch } from './plan-batches.ts'

/** What remains to be fetched of a mailbox. UIDs under which a connection was lost come back in halves, after all others,
 *  until the one that is to blame stands alone (F75, F77). */
export class FetchQueue {
  #fresh: UidSet
  readonly #suspects: UidSet[] = []
  readonly #lostAlone = new Set<number>()

  constructor(uids: UidSet) {
    this.#fresh = uids
  }

  get isEmpty(): boolean {
    return this.#fresh.size === 0 && this.#suspects.length === 0
  }

  /** The next batch, newest first; undefined when there is none. */
  take(): UidSet | undefined {
    if (this.#fresh.size === 0) return this.#suspects.shift()
    const { batch, rest } = takeNewestBatch(this.#fresh)
    this.#fresh = rest
    return batch
  }

  /** Puts back what was not begun. */
  putBack(uids: UidSet): void {
    this.#fresh = uidUnion(this.#fresh, uids)
  }

  /** The connection was lost while these were being fetched. Returns the UID that has now lost it twice on its own. */
  suspect(uids: UidSet): number | undefined {
    if (uids.size === 0) return undefined
    if (uids.size > 1) {
      this.#suspects.push(...halve(uids))
      return undefined
    }
    const uid = uids.bounds[0] ?? 0
    if (this.#lostAlone.has(uid)) return uid
    this.#lostAlone.add(uid)
    this.#suspects.push(uids)
    return undefined
  }

  clear(): void {
    this.#fresh = emptyUidSet
    this.#suspects.length = 0
  }
}
