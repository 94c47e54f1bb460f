import { Recurrence } from './recurrence.ts'

/** Whose turn it is to bring a mailbox up to date: two passes of one mailbox at once would each find what the other has
 *  done. By wire name. */
export class MailboxClaims {
  readonly #owners = new Map<string, object>()
  /** One is given back. */
  readonly releases = new Recurrence()

  /** False: it is somebody else's. Claiming twice is the same as once. */
  claim(wirePath: string, owner: object): boolean {
    const before = this.#owners.get(wirePath)
    if (before === undefined) this.#owners.set(wirePath, owner)
    return before === undefined || before === owner
  }

  release(wirePath: string, owner: object): void {
    if (this.#owners.get(wirePath) !== owner) return
    this.#owners.delete(wirePath)
    this.releases.happen()
  }

  isFree(wirePath: string): boolean {
    return !this.#owners.has(wirePath)
  }
}
