import { existsSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import type {
  CopyState,
  NewOutboxMessage,
  Outbox,
  OutboxEntry,
  OutboxFilter,
  OutboxOutcome,
  OutboxReader,
  OutboxState,
  RecipientResult,
} from '../send/outbox.ts'
import { canonicalStorePath } from './file-safety.ts'
import type { FileRules } from './file-safety.ts'
import { openBesideSync } from './open-beside-sync.ts'
import type { BesideSyncOptions } from './open-beside-sync.ts'
import { openReadOnly } from './open-database.ts'
import { outboxColumns, outboxStates, readResult, resultToJson, toOutboxEntry } from './outbox-rows.ts'
import type { OutboxRow } from './outbox-rows.ts'
import { RunLock } from './run-lock.ts'
import { toStoreError } from './sqlite-error.ts'

/** Writes its few rows beside a sync that may be running; makes a store that is not there yet. Dispose it. */
export async function openOutbox(options: BesideSyncOptions): Promise<Outbox> {
  const database = await openBesideSync(options)
  return new SqliteOutbox(database, options)
}

/** undefined: there is no store, or one that is too old to have an outbox. Dispose it. */
export function openOutboxReader(options: FileRules & { readonly path: string }): OutboxReader | undefined {
  if (!existsSync(options.path)) return undefined
  try {
    return new SqliteOutboxReader(openReadOnly(options.path, options), options.path)
  } catch (error) {
    if (error instanceof AppError && (error.code === 'STORE_OUTDATED' || error.code === 'STORE_MISSING'))
      return undefined
    throw error
  }
}

class SqliteOutboxReader implements OutboxReader {
  protected readonly database: Database
  readonly #path: string

  constructor(database: Database, path: string) {
    this.database = database
    this.#path = path
  }

  entries({ id, account, states = outboxStates, isOpen }: OutboxFilter = {}): Promise<readonly OutboxEntry[]> {
    return this.guarded(() => {
      const rows = this.database
        .prepare<[number | null, string | null, string], OutboxRow>(
          `SELECT ${outboxColumns} FROM outbox JOIN account ON account.id = outbox.account
           WHERE outbox.id = coalesce(?, outbox.id) AND name = coalesce(?, name) AND state IN (SELECT value FROM json_each(?))
             ${isOpen === undefined ? '' : "AND (state IN ('queued', 'sending', 'unknown') OR state = 'sent' AND copy = 'wanted')"}
           ORDER BY outbox.id`,
        )
        .all(id ?? null, account ?? null, JSON.stringify(states))
      return rows.map(toOutboxEntry)
    })
  }

  octets(id: number): Promise<Uint8Array> {
    return this.guarded(() => {
      const data = this.database.prepare<[number], Buffer>('SELECT data FROM outbox WHERE id = ?').pluck().get(id)
      if (data !== undefined && data.length > 0) return data
      throw new AppError({
        code: 'NO_SUCH_MESSAGE',
        message: data === undefined ? `no message ${id} in the outbox` : `the octets of message ${id} were let go`,
        scope: 'message',
      })
    })
  }

  [Symbol.dispose](): void {
    this.database.close()
  }

  protected guarded<Value>(work: () => Value): Promise<Value> {
    try {
      return Promise.resolve(work())
    } catch (error) {
      return Promise.reject(toStoreError(error, `use the outbox of the store ${this.#path}`))
    }
  }
}

class SqliteOutbox extends SqliteOutboxReader implements Outbox {
  readonly #options: BesideSyncOptions

  constructor(database: Database, options: BesideSyncOptions) {
    super(database, options.path)
    this.#options = options
  }

  add(message: NewOutboxMessage): Promise<number> {
    const { account, messageId, subject, envelope, octets, queuedAtMs, nextTryMs = null, copy } = message
    const waiting = envelope.to.map((address): RecipientResult => ({ address, state: 'waiting', reply: undefined }))
    return this.#write(() => {
      this.database
        .prepare('INSERT INTO account (name, first_seen) VALUES (?, ?) ON CONFLICT DO NOTHING')
        .run(account, queuedAtMs)
      const { lastInsertRowid } = this.database
        .prepare(
          `INSERT INTO outbox (account, message_id, subject, smtp_envelope, data, state, queued_at, next_try, updated_at, result, copy)
           SELECT id, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ? FROM account WHERE name = ?`,
        )
        .run(
          messageId,
          subject.replaceAll('\0', ''),
          JSON.stringify({ from: envelope.from }),
          octets,
          queuedAtMs,
          nextTryMs,
          queuedAtMs,
          resultToJson(waiting, undefined),
          copy,
          account,
        )
      return Number(lastInsertRowid)
    })
  }

  beginSending(id: number, atMs: number): Promise<boolean> {
    return this.#write(() => this.#change(`state = 'sending', attempts = attempts + 1`, { id, from: ['queued'], atMs }))
  }

  settle(id: number, { state, recipients, reply, nextTryMs }: OutboxOutcome, atMs: number): Promise<void> {
    return this.#write(() => {
      this.#change(
        `attempts = attempts + (state = 'queued'), state = @state, result = @result, next_try = @nextTry`,
        { id, from: ['queued', 'sending'], atMs },
        { state, result: resultToJson(recipients, reply), nextTry: nextTryMs ?? null },
      )
    })
  }

  abandonSending(atMs: number): Promise<readonly number[]> {
    return this.#write(() =>
      this.database
        .prepare<[number], number>(
          `UPDATE outbox SET state = 'unknown', updated_at = ? WHERE state = 'sending' RETURNING id`,
        )
        .pluck()
        .all(atMs)
        .toSorted((left, right) => left - right),
    )
  }

  confirmSent(id: number, atMs: number): Promise<void> {
    return this.#write(() => {
      const result = this.#resultAfter(id, 'waiting', 'accepted')
      this.#change(`state = 'sent', result = coalesce(@result, result)`, { id, from: ['unknown'], atMs }, { result })
    })
  }

  noteCopy(id: number, copy: CopyState, atMs: number): Promise<void> {
    const isFiled = copy === 'appended' || copy === 'provider'
    return this.#write(() => {
      const change = isFiled ? `copy = @copy, data = x''` : 'copy = @copy'
      this.#change(change, { id, from: ['sent'], atMs }, { copy })
    })
  }

  cancel(id: number, atMs: number): Promise<boolean> {
    return this.#write(() =>
      this.#change(`state = 'cancelled', next_try = NULL`, { id, from: ['queued', 'failed', 'unknown'], atMs }),
    )
  }

  requeue(id: number, atMs: number): Promise<boolean> {
    return this.#write(() => {
      const result = this.#resultAfter(id, 'refused', 'waiting')
      const from: readonly OutboxState[] = ['failed', 'unknown', 'cancelled', 'queued']
      return this.#change(
        `state = 'queued', next_try = NULL, result = coalesce(@result, result)`,
        { id, from, atMs },
        { result },
      )
    })
  }

  lockSending(): Promise<Disposable | undefined> {
    return this.guarded(() => {
      try {
        const path = canonicalStorePath(this.#options.path)
        const lock = RunLock.acquire(path, { ...this.#options, suffix: '.outbox-lock' }, '')
        return { [Symbol.dispose]: () => lock.release() }
      } catch (error) {
        if (error instanceof AppError && error.code === 'STORE_LOCKED') return undefined
        throw error
      }
    })
  }

  #write<Value>(work: () => Value): Promise<Value> {
    return this.guarded(() => this.database.transaction(work).immediate())
  }

  /** Whether the entry was in one of the states. */
  #change(
    assignments: string,
    { id, from, atMs }: { readonly id: number; readonly from: readonly OutboxState[]; readonly atMs: number },
    values: Readonly<Record<string, string | number | null>> = {},
  ): boolean {
    const { changes } = this.database
      .prepare(
        `UPDATE outbox SET ${assignments}, updated_at = @atMs
         WHERE id = @id AND state IN (SELECT value FROM json_each(@from))`,
      )
      .run({ ...values, id, atMs, from: JSON.stringify(from) })
    return changes > 0
  }

  /** The result with recipients of one state in another; null: there is no such entry. */
  #resultAfter(id: number, before: RecipientResult['state'], after: RecipientResult['state']): string | null {
    const row = this.database.prepare<[number], OutboxRow>('SELECT result FROM outbox WHERE id = ?').get(id)
    if (row === undefined) return null
    const { recipients, reply } = readResult(row)
    return resultToJson(
      recipients.map((one) => (one.state === before ? { ...one, state: after } : one)),
      reply,
    )
  }
}
