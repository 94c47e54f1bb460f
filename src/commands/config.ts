import type { Command } from 'commander'
import type { Config } from '../model/account.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { configSummary, valueLines } from '../ui/config-page.ts'
import type { FoundFile } from '../ui/config-page.ts'
import { safeJson } from '../ui/safe-text.ts'
import { checkHookQueries } from './check-hook-queries.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { helpText } from './help-text.ts'

export function defineConfig(command: Command, host: CommandHost): void {
  command
    .description('Tells where the configuration is, whether it is good, and what it says.')
    .usage('[options] <command>')
    .helpCommand(false)
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror config path', 'the file that would be read'],
          ['mailmirror config check', 'all that is wrong with it, by line and key'],
          ['mailmirror config show', 'what it comes to, without secrets'],
        ],
        exits: [0, 64, 78],
      }),
    )
  command
    .command('path')
    .summary('where it is')
    .description('Prints the path of the configuration. The file need not exist.')
    .addHelpText('after', helpText({ examples: [['mailmirror config path', 'prints one line']], exits: [0, 64] }))
    .action(() => host.run(showPath))
  command
    .command('check')
    .summary('whether it is good, or all that is wrong')
    .description(
      'Reads the configuration and says what was found: accounts, servers, stores, the modes of the files, the queries of hooks; or everything that is wrong.',
    )
    .addHelpText(
      'after',
      helpText({ examples: [['mailmirror config check', 'before the first sync']], exits: [0, 64, 78] }),
    )
    .action(() => host.run(check))
  command
    .command('show')
    .summary('what it comes to, without secrets')
    .description('Prints what the configuration comes to, with all defaults and without secrets.')
    .addHelpText(
      'after',
      helpText({ examples: [['mailmirror config show --json', 'for scripts']], exits: [0, 64, 78] }),
    )
    .action(() => host.run(show))
}

async function showPath(context: CommandContext): Promise<ExitStatus> {
  const path = await context.configPath()
  return print(context, context.options.json ? [safeJson({ v: 1, path })] : [path])
}

async function check(context: CommandContext): Promise<ExitStatus> {
  const config = await context.loadConfig()
  checkHookQueries(config, context.nowMs())
  const files = await findFiles(context, config)
  if (!context.options.json) return print(context, configSummary(config, files))
  const accounts = config.accounts.map(({ name, email, store }) => ({ name, email, store }))
  return print(context, [safeJson({ v: 1, path: config.path, accounts, files })])
}

async function findFiles(context: CommandContext, config: Config): Promise<readonly FoundFile[]> {
  const paths = [config.path, ...new Set(config.accounts.map(({ store }) => store))]
  return Promise.all(paths.map(async (path) => ({ path, mode: await context.files.modeOf(path) })))
}

async function show(context: CommandContext): Promise<ExitStatus> {
  const described = await context.describeConfig(await context.loadConfig())
  return print(context, context.options.json ? [safeJson(described)] : valueLines(described))
}

async function print({ terminal }: CommandContext, lines: readonly string[]): Promise<ExitStatus> {
  await terminal.out.write(lines.map((line) => `${line}\n`).join(''))
  return exitStatus.done
}
