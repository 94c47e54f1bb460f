import type { MailboxStatus } from '../model/mailbox.ts'
import type { ChangeHint } from './ports.ts'

/** What a mailbox said of itself. */
export type Told = Omit<Extract<ChangeHint, { kind: 'status' }>, 'kind'>

/** What mailboxes said last, so that the same said again costs nothing. */
export class SeenStatuses {
  readonly #seen = new Map<string, string>()

  isNews({ wirePath, status }: Told): boolean {
    return this.#seen.get(wirePath) !== keyOf(status)
  }

  note({ wirePath, status }: Told): void {
    this.#seen.set(wirePath, keyOf(status))
  }

  /** Forgets all others. */
  keep(known: { has(wirePath: string): boolean }): void {
    for (const wirePath of this.#seen.keys()) if (!known.has(wirePath)) this.#seen.delete(wirePath)
  }

  clear(): void {
    this.#seen.clear()
  }
}

const keyOf = ({ uidValidity, uidNext, messages, highestModseq }: MailboxStatus): string =>
  [uidValidity, uidNext, messages, highestModseq].join(' ')
