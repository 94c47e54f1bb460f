import type { Command } from 'commander'
import { Option } from 'commander'
import { defineLogin, defineLogout } from './account-access.ts'
import type { AddFlags } from './account-options.ts'
import type { CommandHost } from './context.ts'
import { defineList, defineRemove, defineRename, defineTest } from './account-upkeep.ts'
import { helpText } from './help-text.ts'

export function defineAccount(command: Command, host: CommandHost): void {
  command
    .description('Adds accounts to the configuration, looks at them, and takes them out again.')
    .usage('[options] <command>')
    .helpCommand(false)
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror account add me@example.org', 'finds the servers, asks for the password, tries it, writes it'],
          ['mailmirror account list', 'what is configured'],
          ['mailmirror account test personal', 'whether one can log in, and what is there'],
        ],
        exits: [0, 64, 66, 69, 75, 76, 77, 78],
      }),
    )
  defineAdd(command, host)
  defineList(command, host)
  defineTest(command, host)
  defineLogin(command.command('login <name>'), host)
  defineLogout(command.command('logout <name>'), host)
  defineRename(command, host)
  defineRemove(command, host)
}

function defineAdd(command: Command, host: CommandHost): void {
  const add = addOptions(command.command('add <email>').summary('from an address to an account that works'))
    .description(
      'Finds the servers of an address, asks for what it cannot know, logs in, and only then writes the account into the configuration; everything else there stays as it is. Where stdin is no terminal, or with --json, nothing is asked and options have to say everything.\n\nNo option takes a password.',
    )
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror account add me@example.org', 'asks one question at a time'],
          ['mailmirror account add me@example.org -y --password-env MAIL', 'asks nothing, for scripts'],
          ['mailmirror account add me@example.org --imap localhost', 'looks nothing up'],
        ],
        exits: [0, [64, 'usage; or servers that were not found, or not agreed to'], 69, 74, 75, 76, 77, 78, 130],
      }),
    )
    .action((email: string) =>
      host.run(async (context) => (await import('./account-add.ts')).addAccount(context, email, add.opts<AddFlags>())),
    )
}

function addOptions(command: Command): Command {
  return command
    .option('--name <name>', 'name of the account, for other commands')
    .option('--imap <server>', 'HOST or HOST:PORT; nothing is looked up then')
    .option('--smtp <server>', 'HOST or HOST:PORT, for sending')
    .addOption(new Option('--security <how>', 'of --imap').choices(['tls', 'starttls', 'none']))
    .option('--user <user>', 'user name, where it is not the address')
    .option('--password-command <command>', 'a command that prints the password')
    .option('--password-file <path>', 'a file of yours that holds it')
    .option('--password-env <name>', 'an environment variable that holds it')
    .option('--keychain', 'the keychain holds it')
    .option('--credential <name>', 'a systemd credential holds it')
    .addOption(new Option('--oauth <provider>', 'log in by OAuth').choices(['google', 'microsoft']))
    .option('--oauth-client <id>', 'of the client that you have registered there')
    .option('--oauth-tenant <tenant>', 'the organisation, at Microsoft')
    .option('--store <path>', 'a store of its own')
    .option('--ca-file <path>', 'PEM of what signs the certificates of the server')
    .option('--fingerprint <sha256>', 'the certificate to trust, and no other')
    .option('--no-test', 'connect to nothing, just write it')
    .option('-y, --yes', 'take what was found, also from unsigned DNS; ask less')
}
