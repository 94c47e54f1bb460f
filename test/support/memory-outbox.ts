import { AppError } from '../../src/model/errors.ts'
import type {
  CopyState,
  NewOutboxMessage,
  Outbox,
  OutboxEntry,
  OutboxFilter,
  OutboxOutcome,
  OutboxState,
} from '../../src/send/outbox.ts'

const isCopyWanted = ({ state, copy }: OutboxEntry): boolean => state === 'sent' && copy === 'wanted'

interface Row {
  entry: OutboxEntry
  octets: Uint8Array
}

/** An outbox in memory; kept honest by the contract that it shares with the one of a store. */
export class MemoryOutbox implements Outbox {
  readonly #rows: Row[] = []
  #isLocked = false

  async add(message: NewOutboxMessage): Promise<number> {
    const id = this.#rows.length + 1
    const { account, messageId, subject, envelope, octets, queuedAtMs, nextTryMs, copy } = message
    const recipients = envelope.to.map((address) => ({ address, state: 'waiting' as const, reply: undefined }))
    const about = { id, account, messageId, subject, from: envelope.from, recipients, octets: octets.length }
    const times = { queuedAtMs, nextTryMs, updatedAtMs: queuedAtMs }
    const entry = { ...about, ...times, state: 'queued' as const, attempts: 0, reply: undefined, copy }
    this.#rows.push({ entry, octets: Uint8Array.from(octets) })
    return id
  }

  async entries({ id, account, states, isOpen }: OutboxFilter = {}): Promise<readonly OutboxEntry[]> {
    const all = this.#rows.map(({ entry }) => entry)
    return all.filter(
      (entry) =>
        (id === undefined || entry.id === id) &&
        (account === undefined || entry.account === account) &&
        (states === undefined || states.includes(entry.state)) &&
        (isOpen === undefined || ['queued', 'sending', 'unknown'].includes(entry.state) || isCopyWanted(entry)),
    )
  }

  async octets(id: number): Promise<Uint8Array> {
    const row = this.#rows[id - 1]
    if (row !== undefined && row.octets.length > 0) return row.octets
    throw new AppError({ code: 'NO_SUCH_MESSAGE', message: `no message ${id} in the outbox`, scope: 'message' })
  }

  async beginSending(id: number, atMs: number): Promise<boolean> {
    const { attempts = 0 } = this.#rows[id - 1]?.entry ?? {}
    return this.#change(id, ['queued'], { state: 'sending', attempts: attempts + 1, updatedAtMs: atMs })
  }

  async settle(id: number, outcome: OutboxOutcome, atMs: number): Promise<void> {
    const { entry } = this.#rows[id - 1] ?? {}
    if (entry === undefined) return
    const attempts = entry.state === 'sending' ? entry.attempts : entry.attempts + 1
    this.#change(id, ['queued', 'sending'], { ...outcome, attempts, updatedAtMs: atMs })
  }

  async abandonSending(atMs: number): Promise<readonly number[]> {
    const sending = await this.entries({ states: ['sending'] })
    return sending
      .map(({ id }) => id)
      .filter((id) => this.#change(id, ['sending'], { state: 'unknown', updatedAtMs: atMs }))
  }

  async confirmSent(id: number, atMs: number): Promise<void> {
    const recipients = (this.#rows[id - 1]?.entry.recipients ?? []).map((one) =>
      one.state === 'waiting' ? { ...one, state: 'accepted' as const } : one,
    )
    this.#change(id, ['unknown'], { state: 'sent', recipients, updatedAtMs: atMs })
  }

  async noteCopy(id: number, copy: CopyState, atMs: number): Promise<void> {
    const isFiled = copy === 'appended' || copy === 'provider'
    const isNoted = this.#change(id, ['sent'], { copy, updatedAtMs: atMs, ...(isFiled && { octets: 0 }) })
    const row = this.#rows[id - 1]
    if (isNoted && isFiled && row !== undefined) row.octets = new Uint8Array()
  }

  async cancel(id: number, atMs: number): Promise<boolean> {
    const change = { state: 'cancelled', nextTryMs: undefined, updatedAtMs: atMs } as const
    return this.#change(id, ['queued', 'failed', 'unknown'], change)
  }

  async requeue(id: number, atMs: number): Promise<boolean> {
    const recipients = (this.#rows[id - 1]?.entry.recipients ?? []).map((one) =>
      one.state === 'refused' ? { ...one, state: 'waiting' as const } : one,
    )
    const change = { state: 'queued', recipients, nextTryMs: undefined, updatedAtMs: atMs } as const
    return this.#change(id, ['failed', 'unknown', 'cancelled', 'queued'], change)
  }

  async lockSending(): Promise<Disposable | undefined> {
    if (this.#isLocked) return undefined
    this.#isLocked = true
    return {
      [Symbol.dispose]: () => {
        this.#isLocked = false
      },
    }
  }

  [Symbol.dispose](): void {}

  #change(id: number, from: readonly OutboxState[], change: Partial<OutboxEntry>): boolean {
    const row = this.#rows[id - 1]
    if (row === undefined || !from.includes(row.entry.state)) return false
    row.entry = { ...row.entry, ...change }
    return true
  }
}
