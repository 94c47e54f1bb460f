import { Command } from 'commander'
import { commandList } from './command-list.ts'
import type { CommandHost } from './context.ts'
import { globalOptions } from './global-options.ts'

/** The program without its commands. */
export function bareProgram(): Command {
  return new Command('mailmirror')
    .description('Mirrors IMAP mailboxes into a local SQLite store, and can prove that the copy is complete.')
    .usage('[options] <command>')
    .helpCommand(false)
    .helpOption('-h, --help', 'show this, or the help of a command')
}

/** Adds the options that all commands take, and every command with its summary. A command learns the rest when what this gives is called
 *  with it: once, and not before it is needed. */
export function addCommands(program: Command, host: CommandHost): (command: Command) => Promise<void> {
  for (const option of globalOptions()) program.addOption(option)
  const loaders = new Map(
    commandList.map(({ usage, summary, load, isHidden = false }) => [
      program.command(usage, { hidden: isHidden }).summary(summary),
      load,
    ]),
  )
  return async (command) => (await loaders.get(command)?.())?.(command, host)
}
