import { globMatches } from '../model/glob.ts'
import type { Selector } from '../model/select.ts'
import type { SyncFinished } from '../sync/events.ts'
import { unmatched } from './select-accounts.ts'
import type { Selection } from './select-accounts.ts'

/** What was named and neither planned nor found on the server; `planned` holds account and path with a NUL between. Only of
 *  accounts that were reached to the end: of the others nothing is known. */
export function missingIn(
  { selectors }: Selection,
  { accounts }: SyncFinished,
  planned: ReadonlySet<string>,
): readonly Selector[] {
  const ended = accounts.filter(({ outcome }) => outcome === 'complete' || outcome === 'incomplete')
  const places = [
    ...[...planned].map((key) => key.split('\0')),
    ...ended.flatMap(({ name, mailboxes }) => mailboxes.map(({ path }) => [name, path])),
  ]
  return unmatched(selectors, ({ account, mailbox = '*' }) => {
    if (!ended.some(({ name }) => name === account)) return true
    return places.some(([name, path = '']) => name === account && globMatches(mailbox, path))
  })
}
