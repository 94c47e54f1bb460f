import type { Command } from 'commander'
import { dropHook, flushHooks, retryHooks, rewindHook } from './change-hooks.ts'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'

const delivering = [
  [0, 'all is told'],
  [1, 'something was refused or given up'],
  64,
  66,
  74,
  [75, 'a hook pauses or waits, or another process tells it'],
  78,
  130,
] as const

/** The subcommands of `hooks` that change something. */
export function defineHookChanges(command: Command, host: CommandHost): void {
  command
    .command('flush [name...]')
    .summary('tell them now what is due')
    .description(
      'Delivers what is due now, without a sync. Hooks that pause are not waited for; `hooks retry` ends a pause.',
    )
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror hooks flush', 'all hooks'],
          ['mailmirror hooks flush archive', 'one of them'],
        ],
        exits: delivering,
      }),
    )
    .action((names: readonly string[]) => host.run((context) => flushHooks(context, names)))
  command
    .command('retry [name...]')
    .summary('end pauses, and deliver again what was given up')
    .description(
      'Ends the pauses of hooks and delivers now, changes that were given up first: those arrive after what followed them.',
    )
    .addHelpText(
      'after',
      helpText({
        examples: [['mailmirror hooks retry archive', 'after the trouble is mended']],
        exits: delivering,
      }),
    )
    .action((names: readonly string[]) => host.run((context) => retryHooks(context, names)))
  command
    .command('rewind <name>')
    .summary('tell it again, or not at all, from another place on')
    .description(
      'Moves the cursor of a hook back or forward. A new hook begins at the end of the log: this gives it what was before.',
    )
    .requiredOption(
      '--since <seq|when>',
      'a sequence number, after which it goes on, or a date: 2026-10-05, 7d, yesterday',
    )
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror hooks rewind archive --since 0', 'everything that ever happened'],
          ['mailmirror hooks rewind archive --since 7d', 'the last seven days again'],
        ],
        exits: [0, 64, 66, 74, 78],
      }),
    )
    .action((name: string, flags: { readonly since: string }) =>
      host.run((context) => rewindHook(context, name, flags.since)),
    )
  command
    .command('drop <name>')
    .summary('forget what waits for it and what was given up')
    .description(
      'Forgets what a hook has not been told: it goes on with what happens from now on. `hooks rewind` takes that back.',
    )
    .option('--dead-letters', 'only the changes that were given up')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror hooks drop archive --dead-letters', 'its cursor stays'],
          ['mailmirror hooks drop archive', 'nothing old any more'],
        ],
        exits: [0, 64, 66, 74, 78],
      }),
    )
    .action((name: string, flags: { readonly deadLetters?: true }) =>
      host.run((context) => dropHook(context, name, flags)),
    )
}
