import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { accountFacts, surveyFacts, surveyLines, testLines } from '../ui/account-page.ts'
import { safeJson } from '../ui/safe-text.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext } from './context.ts'
import { namedAccount } from './named-account.ts'
import { surveyAccount } from './survey-account.ts'

/** Logs in as a sync would. Throws what `MailSource.connect` throws. */
export async function testAccount(context: CommandContext, name: string): Promise<ExitStatus> {
  const config = await context.loadConfig()
  const account = namedAccount(config, name)
  using source = await context.openSource(config)
  const survey = await surveyAccount(context, source, account)
  const { out } = context.terminal
  const layout = { columns: out.columns, style: styleOf(out) }
  const lines = context.options.json
    ? [safeJson({ v: 1, account: accountFacts(account), ...surveyFacts(survey) })]
    : [...testLines(account, survey), ...surveyLines(survey, layout)]
  await out.write(lines.map((line) => `${line}\n`).join(''))
  return exitStatus.done
}
