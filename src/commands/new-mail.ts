import type { Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { parseQuery } from '../search/parse-query.ts'
import type { IndexedMessage, OpenSearchReader } from '../search/search-reader.ts'
import type { WatchEvent } from '../sync/watch-events.ts'
import type { CommandContext } from './context.ts'

export type NewMail = Extract<WatchEvent, { type: 'new-mail' }>

export interface NewMailParts {
  readonly context: CommandContext
  readonly config: Config
  readonly onNew: (mail: NewMail) => void
}

/** Of more that come at once only the last so many are looked at, and so many named. */
const mostLooked = 2000
const mostNamed = 20
const againMs = 250

/** Names what a watch has brought into the index, whatever date it bears. What cannot be read costs the watch nothing. */
export class NewMailFeed implements Disposable {
  readonly #parts: NewMailParts
  readonly #readers = new Map<string, OpenSearchReader>()
  /** By store: contents up to this number have been looked at. */
  readonly #lookedUpTo = new Map<string, number>()
  /** When the first pass of an account ended: what comes from then on is new. Milliseconds since 1970. */
  readonly #mirroredAtMs = new Map<string, number>()

  /** Stores that are going to be looked at once more. */
  readonly #pending = new Set<string>()
  readonly #end = new AbortController()

  constructor(parts: NewMailParts) {
    this.#parts = parts
  }

  onEvent(event: WatchEvent): void {
    if (event.type === 'account-finished') this.#noteMirrored(event.account.name)
    // What a first pass brings is not named.
    if (event.type !== 'index-progressed' || this.#mirroredAtMs.size === 0) return
    void this.#lookTwice(event.store)
  }

  [Symbol.dispose](): void {
    this.#end.abort()
    for (const reader of this.#readers.values()) reader.close()
  }

  #noteMirrored(account: string): void {
    if (!this.#mirroredAtMs.has(account)) this.#mirroredAtMs.set(account, this.#parts.context.nowMs())
  }

  /** The index tells how far it is before that can be read. */
  async #lookTwice(store: string): Promise<void> {
    await this.#look(store)
    if (this.#pending.has(store) || this.#end.signal.aborted) return
    this.#pending.add(store)
    const isOver = await this.#parts.context.clock.delay(againMs, this.#end.signal).then(
      () => false,
      () => true,
    )
    this.#pending.delete(store)
    if (!isOver) await this.#look(store)
  }

  async #look(store: string): Promise<void> {
    try {
      const { context } = this.#parts
      const reader = await this.#reader(store)
      const upTo = reader.indexedUpTo()
      const from = Math.max(this.#lookedUpTo.get(store) ?? 0, upTo - mostLooked)
      this.#lookedUpTo.set(store, Math.max(from, upTo))
      const ids = Array.from({ length: Math.max(0, upTo - from) }, (_, at) => from + at + 1)
      const query = parseQuery('in:anywhere', { nowMs: context.nowMs() })
      const own = reader.among({ query, accounts: [...this.#mirroredAtMs.keys()] }, ids)
      const news = reader
        .describe(own.toSorted((one, other) => one - other))
        .flatMap((message) => this.#newsOf(message))
      for (const mail of news.slice(-mostNamed)) this.#parts.onNew(mail)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
    }
  }

  async #reader(store: string): Promise<OpenSearchReader> {
    const { context, config } = this.#parts
    const reader = this.#readers.get(store) ?? (await context.openSearcher(config, store))
    this.#readers.set(store, reader)
    return reader
  }

  #newsOf({ id, from, subject, placements }: IndexedMessage): readonly NewMail[] {
    const [placement] = placements
    if (placement === undefined) return []
    const { account, mailbox, firstSeen } = placement
    const mirroredAtMs = this.#mirroredAtMs.get(account) ?? Infinity
    if (Date.parse(firstSeen) < mirroredAtMs) return []
    const [sender] = from
    const name = sender?.name === undefined || sender.name === '' ? sender?.address : sender.name
    return [{ type: 'new-mail', account, mailbox, id, from: name ?? '', subject: subject ?? '' }]
  }
}
