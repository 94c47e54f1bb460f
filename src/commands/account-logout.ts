import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { safeJson, safeText } from '../ui/safe-text.ts'
import { keptSources } from './account-secrets.ts'
import type { CommandContext } from './context.ts'
import { selectAccounts } from './select-accounts.ts'

/** Forgets what `account login` has kept; the account stays in the configuration. */
export async function runAccountLogout(context: CommandContext, name: string): Promise<ExitStatus> {
  const { accounts } = selectAccounts(await context.loadConfig(), [name])
  const keeper = await context.credentialKeeper()
  for (const source of accounts.flatMap(keptSources)) {
    const isKeychain = source.kind === 'keychain'
    const removed = await (isKeychain
      ? keeper.forgetPassword(source.entry)
      : keeper.forgetGrant(source, context.signal))
    const what = isKeychain ? `the password of ${source.entry}` : `access to the mail of ${source.user}`
    const { account, kind } = source
    const line = context.options.json
      ? safeJson({ v: 1, account, kind, removed })
      : safeText(removed ? `${what} is no longer kept` : `${what} was not kept`)
    await context.terminal.out.write(`${line}\n`)
  }
  return exitStatus.done
}
