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

interface Kept {
  /** Its copy is the one that was wished. */
  readonly entry: OutboxEntry
  readonly octets: Uint8Array | undefined
}

function isLeftToDo({ state, copy }: OutboxEntry): boolean {
  return state === 'sent' ? copy === 'wanted' : ['queued', 'sending', 'unknown'].includes(state)
}

/** The contract of `Outbox`, in memory. */
export class MemoryOutbox implements Outbox {
  readonly #kept: Kept[] = []
  #isLocked = false

  add(message: NewOutboxMessage): Promise<number> {
    const { account, messageId, subject, envelope, octets, queuedAtMs, nextTryMs, copy } = message
    const id = this.#kept.length + 1
    const entry: OutboxEntry = {
      id,
      account,
      messageId: messageId.toWellFormed(),
      subject: subject.toWellFormed(),
      from: envelope.from.toWellFormed(),
      recipients: envelope.to.map((to) => ({ address: to.toWellFormed(), state: 'waiting', reply: undefined })),
      octets: octets.length,
      state: 'queued',
      attempts: 0,
      queuedAtMs,
      nextTryMs,
      updatedAtMs: queuedAtMs,
      reply: undefined,
      copy,
    }
    this.#kept.push({ entry, octets: Uint8Array.from(octets) })
    return Promise.resolve(id)
  }

  entries({ id, account, states, isOpen }: OutboxFilter = {}): Promise<readonly OutboxEntry[]> {
    const chosen = this.#kept
      .map(({ entry }) => entry)
      .filter((entry) => id === undefined || entry.id === id)
      .filter((entry) => account === undefined || entry.account === account)
      .filter(({ state }) => states === undefined || states.includes(state))
      .filter((entry) => isOpen === undefined || isLeftToDo(entry))
    return Promise.resolve(chosen.map((entry) => ({ ...entry, copy: hasTaker(entry) ? entry.copy : 'not-wanted' })))
  }

  async octets(id: number): Promise<Uint8Array> {
    const { octets } = await this.#find(id)
    if (octets === undefined) throw noSuchMessage(id)
    return octets
  }

  beginSending(id: number, atMs: number): Promise<boolean> {
    return this.#move(id, ['queued'], ({ attempts }) => ({
      state: 'sending',
      attempts: attempts + 1,
      updatedAtMs: atMs,
    }))
  }

  async settle(id: number, { state, recipients, reply, nextTryMs }: OutboxOutcome, atMs: number): Promise<void> {
    await this.#move(id, ['queued', 'sending'], (entry) => {
      const addresses = entry.recipients.map(({ address }) => address)
      if (JSON.stringify(recipients.map(({ address }) => address.toWellFormed())) !== JSON.stringify(addresses)) {
        throw new Error(`the outcome of message ${id} is about other recipients`)
      }
      return {
        state,
        attempts: entry.state === 'queued' ? entry.attempts + 1 : entry.attempts,
        recipients: recipients.map((recipient) => ({
          address: recipient.address.toWellFormed(),
          state: recipient.state,
          reply: recipient.reply?.toWellFormed(),
        })),
        reply: reply?.toWellFormed(),
        nextTryMs: state === 'queued' ? nextTryMs : undefined,
        updatedAtMs: atMs,
      }
    })
    this.#letGo(id, ['appended'])
  }

  async abandonSending(atMs: number): Promise<readonly number[]> {
    const sending = await this.entries({ states: ['sending'] })
    for (const { id } of sending) this.#set(id, { state: 'unknown', nextTryMs: undefined, updatedAtMs: atMs })
    return sending.map(({ id }) => id)
  }

  async confirmSent(id: number, atMs: number): Promise<void> {
    await this.#move(id, ['unknown'], ({ recipients }) => ({
      state: 'sent',
      recipients: recipients.map((to) => (to.state === 'waiting' ? { ...to, state: 'accepted' } : to)),
      updatedAtMs: atMs,
    }))
    this.#letGo(id, ['appended'])
  }

  async noteCopy(id: number, copy: CopyState, atMs: number): Promise<void> {
    const { entry } = await this.#find(id)
    if (!['sent', 'failed', 'cancelled'].includes(entry.state) || !hasTaker(entry)) return
    this.#set(id, { copy, updatedAtMs: atMs })
    this.#letGo(id, ['appended', 'provider'])
  }

  cancel(id: number, atMs: number): Promise<boolean> {
    return this.#move(id, ['queued', 'failed', 'unknown'], () => ({ state: 'cancelled', updatedAtMs: atMs }))
  }

  requeue(id: number, atMs: number): Promise<boolean> {
    return this.#move(id, ['failed', 'unknown', 'cancelled', 'queued'], ({ recipients }) => ({
      state: 'queued',
      recipients: recipients.map((to) => (to.state === 'refused' ? { ...to, state: 'waiting' } : to)),
      updatedAtMs: atMs,
    }))
  }

  lockSending(): Promise<Disposable | undefined> {
    if (this.#isLocked) return Promise.resolve(undefined)
    this.#isLocked = true
    return Promise.resolve({ [Symbol.dispose]: () => void (this.#isLocked = false) })
  }

  [Symbol.dispose](): void {}

  #find(id: number): Promise<Kept> {
    const kept = this.#kept[id - 1]
    return kept === undefined ? Promise.reject(noSuchMessage(id)) : Promise.resolve(kept)
  }

  async #move(
    id: number,
    from: readonly OutboxState[],
    change: (entry: OutboxEntry) => Partial<OutboxEntry>,
  ): Promise<boolean> {
    const { entry } = await this.#find(id)
    if (!from.includes(entry.state)) return false
    this.#set(id, { nextTryMs: undefined, ...change(entry) })
    return true
  }

  #set(id: number, change: Partial<OutboxEntry>): void {
    const kept = this.#kept[id - 1]
    if (kept !== undefined) this.#kept[id - 1] = { ...kept, entry: { ...kept.entry, ...change } }
  }

  #letGo(id: number, withCopies: readonly CopyState[]): void {
    const { entry } = this.#kept[id - 1] ?? {}
    if (entry?.state !== 'sent' || !withCopies.includes(entry.copy)) return
    this.#kept[id - 1] = { entry: { ...entry, octets: 0 }, octets: undefined }
  }
}

/** Somebody has it, or may still get it. */
function hasTaker({ state, recipients }: OutboxEntry): boolean {
  return !['failed', 'cancelled'].includes(state) || recipients.some((to) => to.state === 'accepted')
}

function noSuchMessage(id: number): AppError {
  return new AppError({ code: 'NO_SUCH_MESSAGE', message: `could not read message ${id} of the outbox` })
}
