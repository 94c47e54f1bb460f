import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { selectsMailbox } from '../model/select.ts'
import { slowMailboxes } from '../profile/slow-mailboxes.ts'
import { slowLines } from '../ui/slow-page.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext } from './context.ts'
import { findRun } from './find-run.ts'
import { selectAccounts } from './select-accounts.ts'

/** `status --slow`: the mailboxes of the last sync, the slowest first. */
export async function slowStatus(context: CommandContext, selects: readonly string[]): Promise<ExitStatus> {
  const { selectors } = selectAccounts(await context.loadStores(), selects)
  const run = await findRun(context, undefined)
  const { out } = context.terminal
  const rows = slowMailboxes(run.profile).filter(
    ({ account, mailbox }) => selectors.length === 0 || selectsMailbox(selectors, account, mailbox),
  )
  const lines = slowLines(run, rows, { json: context.options.json, columns: out.columns, style: styleOf(out) })
  await out.write(lines.map((line) => `${line}\n`).join(''))
  return exitStatus.done
}
