/** Whose turn it is to bring a mailbox up to date: two passes of one mailbox at once would each find what the other has
 *  done. By wire name. */
export class MailboxClaims {
  readonly #owners = new Map<string, object>()
  #change = Promise.withResolvers<void>()

  /** False: it is somebody else's. Claiming twice is the same as once. */
  claim(wirePath: string, owner: object): boolean {
    const before = this.#owners.get(wirePath)
    if (before === undefined) this.#owners.set(wirePath, owner)
    return before === undefined || before === owner
  }

  release(wirePath: string, owner: object): void {
    if (this.#owners.get(wirePath) !== owner) return
    this.#owners.delete(wirePath)
    this.#change.resolve()
    this.#change = Promise.withResolvers<void>()
  }

  isFree(wirePath: string): boolean {
    return !this.#owners.has(wirePath)
  }

  /** Resolves when the next one is given back. */
  async untilChange(): Promise<void> {
    await this.#change.promise
  }
}
