import type { MailboxStatus } from '../model/mailbox.ts'
import type { ChangeHint } from './ports.ts'

/** What a mailbox said of itself. */
export type Told = Omit<Extract<ChangeHint, { kind: 'status' }>, 'kind'>

const differs = <T>(before: T | undefined, now: T | undefined): boolean => now !== undefined && now !== before

/** What mailboxes said last, so that the same said again costs nothing. What is left out says nothing: servers leave out more
 *  of what they tell unasked. */
export class SeenStatuses {
  readonly #seen = new Map<string, MailboxStatus>()

  isNews({ wirePath, status }: Told): boolean {
    const seen = this.#seen.get(wirePath)
    if (seen === undefined) return true
    return (
      differs(seen.uidValidity, status.uidValidity) ||
      differs(seen.uidNext, status.uidNext) ||
      differs(seen.messages, status.messages) ||
      differs(seen.highestModseq, status.highestModseq)
    )
  }

  note({ wirePath, status }: Told): void {
    const seen = this.#seen.get(wirePath)
    this.#seen.set(wirePath, {
      uidValidity: status.uidValidity ?? seen?.uidValidity,
      uidNext: status.uidNext ?? seen?.uidNext,
      messages: status.messages ?? seen?.messages,
      highestModseq: status.highestModseq ?? seen?.highestModseq,
    })
  }

  /** Forgets all others. */
  keep(known: { has(wirePath: string): boolean }): void {
    for (const wirePath of this.#seen.keys()) if (!known.has(wirePath)) this.#seen.delete(wirePath)
  }

  clear(): void {
    this.#seen.clear()
  }
}
