import { expect } from 'vitest'
import type { MailStore } from '../../src/demo/mail-store.ts'
import type { MailboxResult, SyncFinished } from '../../src/sync/events.ts'

/** The statement of a run (rule 12): each mailbox says that all the server has is held, failed or refused, or that it is not
 *  complete and why; an account is complete when all its mailboxes are. */
export function expectStatement(result: SyncFinished): void {
  for (const { mailboxes, outcome } of result.accounts) {
    const unsound = mailboxes.filter((mailbox) => !isSound(mailbox))
    expect(unsound).toEqual([])
    const isComplete = mailboxes.every(({ complete }) => complete)
    expect(outcome === 'complete' && !isComplete).toBe(false)
  }
  expect(result.complete).toBe(result.accounts.every(({ outcome }) => outcome === 'complete'))
}

/** What a run says of the server is what the server has: of every mailbox where the account is complete, and of every
 *  complete mailbox elsewhere. */
export function expectCounts(result: SyncFinished, store: MailStore): void {
  const selectable = store.mailboxes.filter(({ attributes }) => attributes.selectable)
  const real = new Map(selectable.map(({ path, messages }) => [path, messages.length]))
  for (const { mailboxes, outcome } of result.accounts) {
    const stated = new Map(
      mailboxes.filter(({ complete }) => complete).map(({ path, serverMessages }) => [path, serverMessages]),
    )
    const wanted = [...real].filter(([path]) => outcome === 'complete' || stated.has(path))
    expect(Object.fromEntries(stated)).toEqual(Object.fromEntries(wanted))
  }
}

function isSound({ complete, reason, serverMessages, messages, failed, refused }: MailboxResult): boolean {
  if (!complete) return reason !== undefined && reason !== ''
  return reason === undefined && failed.length === 0 && messages + refused === serverMessages
}
