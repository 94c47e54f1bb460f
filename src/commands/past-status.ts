import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { Selector } from '../model/select.ts'
import { pastStatusJson, pastStatusPage } from '../ui/past-status-page.ts'
import type { PastAccount } from '../ui/past-status-page.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext } from './context.ts'
import type { StoreReader } from './store-reader.ts'
import { openPast } from './open-past.ts'
import type { OpenPast } from './open-past.ts'

/** `status --as-of`: what the log tells of mailboxes; it does not tell whether a sync was complete. */
export async function pastStatus(
  context: CommandContext,
  selects: readonly string[],
  { asOf, slow }: { readonly asOf: string; readonly slow: true | undefined },
): Promise<ExitStatus> {
  if (slow === true) {
    throw new AppError({
      code: 'USAGE',
      message: '--slow is about the last sync, and --as-of about the past',
      hint: 'leave one of them away',
    })
  }
  using past = await openPast(context, selects, { option: '--as-of', text: asOf })
  await writePastStatus(context, past)
  return exitStatus.done
}

export async function writePastStatus({ terminal, options }: CommandContext, past: OpenPast): Promise<void> {
  const accounts = past.stores.flatMap(({ path, moment, reader, accounts: own }): readonly PastAccount[] => {
    const { seq, at } = moment
    return pastMailboxes(reader, own, past.selectors).map((account) => ({ ...account, store: path, seq, at }))
  })
  const lines = options.json
    ? [pastStatusJson(accounts)]
    : pastStatusPage(accounts, terminal.out.columns, styleOf(terminal.out))
  await terminal.out.write(lines.map((line) => `${line}\n`).join(''))
}

/** Of a reader that has gone back. */
export function pastMailboxes(
  reader: StoreReader,
  accounts: readonly string[],
  selectors: readonly Selector[],
): readonly Pick<PastAccount, 'name' | 'mailboxes'>[] {
  const places = reader
    .prunedPlaces()
    .map(({ account, mailbox, count }) => [JSON.stringify([account, mailbox]), count] as const)
  const pruned = new Map(places)
  return reader.status(accounts, selectors).map(({ name, mailboxes }) => ({
    name,
    mailboxes: mailboxes.map(({ path, isLocal, uidValidity, messages, removed, goneAt }) => {
      return {
        path,
        kind: isLocal === true ? ('local' as const) : ('imap' as const),
        uidValidity,
        messages,
        removed,
        pruned: pruned.get(JSON.stringify([name, path])) ?? 0,
        goneAt,
      }
    }),
  }))
}
