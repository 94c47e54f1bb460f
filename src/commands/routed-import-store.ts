import type { HeldMessage, ImportStore, LocalMailbox, MessageToImport } from '../export/import-ports.ts'

/** The stores of several accounts as one; each is opened when mail comes for it. */
export class RoutedImportStore implements ImportStore {
  readonly #storeOf: (account: string) => string
  readonly #open: (path: string) => Promise<ImportStore>
  readonly #stores = new Map<string, ImportStore>()
  readonly #owners = new WeakMap<LocalMailbox, ImportStore>()

  constructor(storeOf: (account: string) => string, open: (path: string) => Promise<ImportStore>) {
    this.#storeOf = storeOf
    this.#open = open
  }

  /** Of those that mail has come for. */
  get paths(): Iterable<string> {
    return this.#stores.keys()
  }

  async openMailbox(account: string, path: string): Promise<LocalMailbox> {
    const storePath = this.#storeOf(account)
    const store = this.#stores.get(storePath) ?? (await this.#open(storePath))
    this.#stores.set(storePath, store)
    const mailbox = await store.openMailbox(account, path)
    this.#owners.set(mailbox, store)
    return mailbox
  }

  lookUp(mailbox: LocalMailbox, hashes: readonly string[]): Promise<readonly (HeldMessage | undefined)[]> {
    return this.#ownerOf(mailbox).lookUp(mailbox, hashes)
  }

  add(mailbox: LocalMailbox, messages: readonly MessageToImport[]): Promise<number> {
    return this.#ownerOf(mailbox).add(mailbox, messages)
  }

  finish(mailbox: LocalMailbox): Promise<void> {
    return this.#ownerOf(mailbox).finish(mailbox)
  }

  async close(): Promise<void> {
    for (const store of this.#stores.values()) await store.close()
  }

  #ownerOf(mailbox: LocalMailbox): ImportStore {
    const owner = this.#owners.get(mailbox)
    if (owner === undefined) throw new Error('this mailbox was not opened here')
    return owner
  }
}
