import type { Command } from 'commander'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'

export function defineList(command: Command, host: CommandHost): void {
  command
    .command('list')
    .summary('the accounts of the configuration')
    .description('Lists the accounts of the configuration. Asks no server.')
    .addHelpText(
      'after',
      helpText({ examples: [['mailmirror account list --json', 'for scripts']], exits: [0, 64, 78] }),
    )
    .action(() => host.run(async (context) => (await import('./account-list.ts')).listAccounts(context)))
}

export function defineTest(command: Command, host: CommandHost): void {
  command
    .command('test <name>')
    .summary('log in, and say what is there')
    .description(
      'Connects, logs in and says what the server offers: its mailboxes, their messages, about how much it all is.',
    )
    .addHelpText(
      'after',
      helpText({
        examples: [['mailmirror account test personal', 'changes nothing, anywhere']],
        exits: [0, 64, 66, 69, 75, 76, 77, 78],
      }),
    )
    .action((name: string) =>
      host.run(async (context) => (await import('./account-test.ts')).testAccount(context, name)),
    )
}

export function defineRename(command: Command, host: CommandHost): void {
  command
    .command('rename <old> <new>')
    .summary('give an account another name')
    .description('Gives an account another name, in the configuration and in its store: the mirror stays with it.')
    .addHelpText(
      'after',
      helpText({
        examples: [['mailmirror account rename example work', 'fetches nothing again']],
        exits: [0, 64, 66, 75, 78],
      }),
    )
    .action((from: string, to: string) =>
      host.run(async (context) => (await import('./account-rename.ts')).renameAccount(context, from, to)),
    )
}

export function defineRemove(command: Command, host: CommandHost): void {
  const remove = command
    .command('remove <name>')
    .summary('take an account out of the configuration')
    .description('Takes an account out of the configuration. What was mirrored of it stays in the store.')
    .option('--delete-mirror', 'delete its store too, which no other account may use')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      helpText({ examples: [['mailmirror account remove work', 'keeps the mail']], exits: [0, 64, 66, 74, 75, 78] }),
    )
    .action((name: string) =>
      host.run(async (context) => (await import('./account-remove.ts')).removeAccount(context, name, remove.opts())),
    )
}
