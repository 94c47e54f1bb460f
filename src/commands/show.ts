import type { Command } from 'commander'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { messageBody } from '../ui/message-body.ts'
import { headerPage, messagePage, sourcePage } from '../ui/message-page.ts'
import { safeJson, safeText } from '../ui/safe-text.ts'
import { styleOf } from '../ui/style.ts'
import { threadJson, threadPage } from '../ui/thread-page.ts'
import type { OutputStream } from '../ui/terminal.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { findMessage } from './find-message.ts'
import { helpText } from './help-text.ts'
import { openSomeReaders } from './open-readers.ts'
import { readThread } from './read-thread.ts'
import { jsonOf, partOf, saveAttachments, storeNameOf } from './read-message.ts'

const chunkOctets = 262_144

export interface ShowFlags {
  readonly attachments?: string
  readonly headers?: true
  readonly part?: string
  readonly raw?: true
  readonly thread?: true
}

export function defineShow(command: Command, host: CommandHost): void {
  command
    .description(
      'Shows one message: its main header fields, its size, every mailbox that holds or held it, its text and its attachments.\n\nID is its number in the store, or sha256: and at least 4 digits of its hash.',
    )
    .option('--headers', 'the whole header, made safe for a terminal')
    .option('--attachments <dir>', 'writes all attachments into a folder, under safe names')
    .option('--part <n>', 'the decoded data of one part, by its number: an attachment, or a text')
    .option('--thread', 'the conversation that it belongs to')
    .option('--raw', 'its exact octets (on a terminal: made safe)')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror show 42', 'message 42'],
          ['mailmirror show --raw sha256:9f2a60 >message.eml', 'the message as it came, octet by octet'],
          ['mailmirror show 42 --part 2 >report.pdf', 'an attachment'],
          ['mailmirror show 42 --json | jq .placements', 'where it is'],
        ],
        exits: [0, 64, [65, 'the stored octets are damaged'], 66, 74, 78],
      }),
    )
    .action((id: string) => host.run((context) => show(context, id, command.opts<ShowFlags>())))
}

export async function show(context: CommandContext, id: string, flags: ShowFlags): Promise<ExitStatus> {
  const { terminal, options } = context
  const { out } = terminal
  const config = await context.loadStores()
  using readers = await openSomeReaders(context, config)
  const { message, reader } = findMessage(readers, id)
  const store = storeNameOf(config, readers, reader)
  const layout = { columns: out.columns, style: styleOf(out), wraps: out.isTty }
  if (flags.thread !== undefined) {
    const nameOf = (number: number) => (store === undefined ? number : `${store}:${number}`)
    const places = await readThread({ message, reader })
    const lines = options.json
      ? places.map((place) => threadJson(place, nameOf))
      : threadPage(places, { ...layout, nameOf, shown: message.id })
    await writeLines(out, lines)
    return exitStatus.done
  }
  const octets = reader.read(message.id)
  if (flags.raw !== undefined) await writeRaw(out, octets)
  else if (flags.part !== undefined) await writeRaw(out, await partOf(context, octets, flags.part))
  else if (flags.attachments !== undefined) {
    const paths = await saveAttachments(context, octets, flags.attachments)
    await writeLines(out, options.json ? [safeJson({ v: 1, files: paths })] : paths.map(safeText))
  } else if (options.json) await writeLines(out, [await jsonOf(context, { message, reader }, { octets, store })])
  else if (flags.headers !== undefined) await writeLines(out, headerPage(octets))
  else {
    const readable = (await context.messageParser()).read(octets)
    await writeLines(out, [...messagePage(message, octets, layout), ...messageBody(readable, layout)])
  }
  return exitStatus.done
}

/** On a terminal the octets of a stranger would be commands to it (S14). */
async function writeRaw(out: OutputStream, octets: Uint8Array): Promise<void> {
  if (out.isTty) return writeLines(out, sourcePage(octets))
  for (let start = 0; start < octets.length; start += chunkOctets) {
    await out.write(octets.subarray(start, start + chunkOctets))
  }
}

function writeLines(out: OutputStream, lines: readonly string[]): Promise<void> {
  return out.write(lines.map((line) => `${line}\n`).join(''))
}
