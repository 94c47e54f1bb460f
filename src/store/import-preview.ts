import type { Database } from 'better-sqlite3'
import type { HeldMessage, ImportStore, LocalMailbox, MessageToImport } from '../export/import-ports.ts'
import { AppError } from '../model/errors.ts'
import type { FileRules } from './file-safety.ts'
import { openReadOnly } from './open-database.ts'
import { heldIn } from './write-local.ts'

/** What an import would do: reads the store, if there is one, takes no lock and writes nothing. Throws STORE_UNSAFE, STORE_FOREIGN,
 *  STORE_NEWER or STORE_IO. */
export function previewImport(options: FileRules & { readonly path: string }): ImportStore {
  return new ImportPreview(openUnlessMissing(options))
}

function openUnlessMissing(options: FileRules & { readonly path: string }): Database | undefined {
  try {
    return openReadOnly(options.path, options)
  } catch (error) {
    if (error instanceof AppError && error.code === 'STORE_MISSING') return undefined
    throw error
  }
}

class ImportPreview implements ImportStore {
  readonly #database: Database | undefined
  readonly #heldIn: ReturnType<typeof heldIn> | undefined
  /** Contents that would be new, each with a number of its own. */
  readonly #made = new Map<string, number>()
  /** By epoch and content: places that would be new. */
  readonly #placed = new Map<string, number>()
  #lastEpoch = 0

  constructor(database: Database | undefined) {
    this.#database = database
    this.#heldIn = database === undefined ? undefined : heldIn(database)
  }

  openMailbox(account: string, path: string): Promise<LocalMailbox> {
    const known = this.#database
      ?.prepare<[string, string], number>(
        `SELECT epoch.id FROM epoch JOIN mailbox ON mailbox.id = epoch.mailbox JOIN account ON account.id = mailbox.account
         WHERE account.name = ? AND kind = 'local' AND wire_path = ? AND state <> 'retired'`,
      )
      .pluck()
      .get(account, path)
    // Of one that is not there yet the numbers go down.
    return Promise.resolve({ epoch: known ?? --this.#lastEpoch })
  }

  lookUp({ epoch }: LocalMailbox, hashes: readonly string[]) {
    return Promise.resolve(hashes.map((hash) => this.#held(epoch, hash)))
  }

  add({ epoch }: LocalMailbox, messages: readonly MessageToImport[]): Promise<number> {
    const before = this.#made.size
    for (const { sha256, content } of messages) {
      const number = content ?? this.#made.get(sha256) ?? -1 - this.#made.size
      if (content === undefined) this.#made.set(sha256, number)
      const key = `${epoch} ${number}`
      this.#placed.set(key, (this.#placed.get(key) ?? 0) + 1)
    }
    return Promise.resolve(this.#made.size - before)
  }

  finish(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.#database?.close()
    return Promise.resolve()
  }

  #held(epoch: number, hash: string): HeldMessage | undefined {
    const made = this.#made.get(hash)
    const held = this.#heldIn?.(epoch, hash) ?? (made === undefined ? undefined : { content: made, placed: 0 })
    if (held === undefined) return undefined
    return { ...held, placed: held.placed + (this.#placed.get(`${epoch} ${held.content}`) ?? 0) }
  }
}
