import { Option } from 'commander'
import type { Command } from 'commander'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { parseDuration } from './option-parsers.ts'
import { runSend } from './run-send.ts'
import type { SendFlags } from './run-send.ts'

const list = (value: string, previous: readonly string[] | undefined): readonly string[] => [...(previous ?? []), value]

/** What sendmail takes and what makes no difference here: how errors are told, queue modes, body types. */
const ignored = [
  '-B <type>',
  '-o <option>',
  '-b <mode>',
  '-O <option>',
  '-N <dsn>',
  '-R <return>',
  '-V <id>',
  '-L <tag>',
  '-e <mode>',
]
const ignoredSwitches = ['-i', '-n', '-m', '-G', '-U']

export function defineSend(command: Command, host: CommandHost): void {
  command
    .description(
      "Sends a message by the SMTP server of an account: one that is made of options, or, as sendmail does, one that stands on stdin, header first. It lies in the outbox before its first octet leaves; what cannot be sent now is sent by the next `sync`. A copy goes into the account's \\Sent mailbox, with Bcc, which is never sent.\n\nA server that may have taken a message is never given it again: then the outcome is `unknown`, and said.",
    )
    .option('--from <address>', 'who sends it: an address, or the name of an account')
    .option('--to <addresses>', 'who gets it; may be repeated, as --cc and --bcc may', list)
    .option('--cc <addresses>', 'who gets a copy', list)
    .option('--bcc <addresses>', 'who gets a copy that the others do not see', list)
    .option('--subject <text>', 'the subject')
    .option('--body <text>', 'the text: TEXT, @FILE, or - for stdin')
    .option('--html <html>', 'the same as HTML: HTML, @FILE, or - for stdin')
    .option('--attach <file>', 'a file to send along; may be repeated', list)
    .option('--reply-to <id>', 'answer this message of the mirror, and quote it')
    .option('--forward <id>', 'send this message of the mirror on, whole')
    .option('--header <field>', 'a header field "Name: value"; may be repeated', list)
    .option('--account <name>', 'the account that sends it')
    .option(
      '--delay <duration>',
      'send it no sooner than this, such as 10m; until then it can be cancelled',
      parseDuration,
    )
    .option('--no-copy', 'keep no copy in the \\Sent mailbox')
    .option('--dry-run', 'print what would be sent, and send nothing')
    .option('-t', 'as sendmail: stdin names the recipients, in To, Cc and Bcc')
    .option('-f <address>', 'as sendmail: who hears when it cannot be delivered')
    .addOption(new Option('-r <address>', 'the same as -f').hideHelp())
    .addOption(new Option('-F <name>', 'the full name of the sender').hideHelp())
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror send --to zoe@example.org --subject Hello --body "See you."', 'a short message'],
          ['mailmirror send --to zoe@example.org --body @plan.txt --attach plan.pdf', 'with a file'],
          ['mailmirror send --reply-to 42 --body "Yes."', 'an answer, with the quoted original'],
          ['mailmirror send -t <message.eml', 'a message that is written already'],
          ["git send-email --sendmail-cmd='mailmirror send' *.patch", 'for other programs, in place of sendmail'],
        ],
        exits: [
          [0, 'accepted for delivery, or queued: the text says which'],
          [1, 'rejected, by some or all recipients; or the outcome is unknown'],
          64,
          66,
          74,
          [76, 'protocol or TLS refused; the message stays in the outbox as failed'],
          [77, 'login rejected; the message stays in the outbox as failed'],
          78,
          130,
        ],
      }),
    )
    .action((recipients: readonly string[]) =>
      host.run((context) => runSend(context, recipients, command.opts<SendFlags>())),
    )
  for (const flags of [...ignored, ...ignoredSwitches])
    command.addOption(new Option(flags, 'taken for the sake of sendmail; changes nothing').hideHelp())
}
