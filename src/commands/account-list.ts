import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { accountsJson, accountTable } from '../ui/account-page.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext } from './context.ts'

export async function listAccounts(context: CommandContext): Promise<ExitStatus> {
  const { accounts } = await context.loadConfig()
  const { out } = context.terminal
  const layout = { columns: out.columns, style: styleOf(out) }
  const lines = context.options.json ? [accountsJson(accounts)] : accountTable(accounts, layout)
  await out.write(lines.map((line) => `${line}\n`).join(''))
  return exitStatus.done
}
