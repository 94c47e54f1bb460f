import type { Command } from 'commander'
import { runAccountLogin } from './account-login.ts'
import type { AccountLoginFlags } from './account-login.ts'
import { runAccountLogout } from './account-logout.ts'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'

export function defineLogin(command: Command, host: CommandHost): void {
  command
    .summary('keep its password, or have access granted in a browser')
    .description(
      'For an account with password = { keychain = true } asks for the password and keeps it in the keychain. For one with { oauth = … } shows a page on which you grant access to the mail, and keeps that access.',
    )
    .option('--paste', 'grant access in a browser elsewhere, and paste the address at which it ends')
    .option('--device', 'grant access in a browser elsewhere by typing a code there (Microsoft only)')
    .option('--no-keychain', 'keep access in a file that only you can read, for cron and servers')
    .option('--password-stdin', 'read the password from stdin, one line')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror account login work', 'asks, or shows where to go'],
          ['mailmirror account login work --paste --no-keychain', 'on a server without a browser'],
        ],
        exits: [0, 64, 66, 69, 74, 75, 77, 78, 130],
      }),
    )
    .action((name: string) => host.run((context) => runAccountLogin(context, name, command.opts<AccountLoginFlags>())))
}

export function defineLogout(command: Command, host: CommandHost): void {
  command
    .summary('forget its password or access')
    .description('Forgets what `account login` has kept. Mail and configuration stay as they are.')
    .addHelpText(
      'after',
      helpText({
        examples: [['mailmirror account logout work', 'the next sync cannot log in']],
        exits: [0, 64, 66, 77, 78],
      }),
    )
    .action((name: string) => host.run((context) => runAccountLogout(context, name)))
}
