import { expect } from 'vitest'
import type { MailStore } from '../../src/demo/mail-store.ts'
import type { MailboxResult, SyncFinished } from '../../src/sync/events.ts'

/** The statement of a run (rule 12): each mailbox says what the server has, and that all of it is held, failed or refused, or
 *  it says that it is not complete and why. An account is complete when all its mailboxes are, and all are named. */
export function expectStatement(result: SyncFinished, store: MailStore): void {
  for (const { mailboxes, outcome } of result.accounts) {
    const unsound = mailboxes.filter((mailbox) => !isSound(mailbox))
    expect(unsound).toEqual([])
    const isComplete = mailboxes.every(({ complete }) => complete)
    expect(outcome === 'complete' && !isComplete).toBe(false)
    if (outcome !== 'complete') continue
    const stated = mailboxes.map(({ path, serverMessages }) => [path, serverMessages] as const)
    const real = store.mailboxes
      .filter(({ attributes }) => attributes.selectable)
      .map(({ path, messages }) => [path, messages.length] as const)
    expect(Object.fromEntries(stated)).toEqual(Object.fromEntries(real))
  }
  expect(result.complete).toBe(result.accounts.every(({ outcome }) => outcome === 'complete'))
}

function isSound({ complete, reason, serverMessages, messages, failed, refused }: MailboxResult): boolean {
  if (!complete) return reason !== undefined && reason !== ''
  return reason === undefined && failed.length === 0 && messages + refused === serverMessages
}
