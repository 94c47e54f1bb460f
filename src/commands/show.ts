import { Option } from 'commander'
import type { Command } from 'commander'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { runShow } from './run-show.ts'
import type { ShowFlags } from './run-show.ts'

const forms = ['raw', 'headers', 'html', 'attachments', 'part', 'thread'] as const

/** One form at a time. */
function form(name: (typeof forms)[number], flags: string, description: string): Option {
  return new Option(flags, description).conflicts(forms.filter((other) => other !== name))
}

export function defineShow(command: Command, host: CommandHost): void {
  command
    .description(
      'Shows one message: its main header fields, its size, every mailbox that holds or held it, its text and its attachments. On a terminal that it does not fit on, in $PAGER or less.\n\nID is its number in the store, or sha256: and at least 4 digits of its hash.',
    )
    .addOption(form('headers', '--headers', 'the whole header, made safe for a terminal'))
    .addOption(
      form(
        'html',
        '--html <file>',
        'writes a page for a browser, with its pictures; nothing in it runs or is fetched; -: stdout',
      ),
    )
    .addOption(form('attachments', '--attachments <dir>', 'writes all attachments into a folder, under safe names'))
    .addOption(form('part', '--part <n>', 'the decoded data of one part, by its number: an attachment, or a text'))
    .addOption(form('thread', '--thread', 'the conversation that it belongs to'))
    .addOption(form('raw', '--raw', 'its exact octets (on a terminal: made safe)'))
    .option('--no-pager', 'writes to the terminal itself, however long it is')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror show 42', 'message 42'],
          ['mailmirror show --raw sha256:9f2a60 >message.eml', 'the message as it came, octet by octet'],
          ['mailmirror show 42 --part 2 >report.pdf', 'an attachment'],
          ['mailmirror show 42 --html /tmp/42.html', 'as its sender laid it out'],
          ['mailmirror show 42 --json | jq .placements', 'where it is'],
        ],
        exits: [0, 64, [65, 'the stored octets are damaged'], 66, 74, 78],
      }),
    )
    .action((id: string) => host.run((context) => runShow(context, id, command.opts<ShowFlags>())))
}
