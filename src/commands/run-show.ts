import { isUtf8 } from 'node:buffer'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { messageBody } from '../ui/message-body.ts'
import { headerPage, messagePage, sourcePage } from '../ui/message-page.ts'
import { safeJson, safeText } from '../ui/safe-text.ts'
import { styleOf } from '../ui/style.ts'
import { threadJson, threadPage } from '../ui/thread-page.ts'
import type { OutputStream } from '../ui/terminal.ts'
import type { CommandContext } from './context.ts'
import { warnOf } from './each-store.ts'
import { findMessage } from './find-message.ts'
import { openSomeReaders } from './open-readers.ts'
import { readThread } from './read-thread.ts'
import { jsonOf, partOf, saveAttachments, storeNameOf } from './read-message.ts'

const chunkOctets = 262_144

export interface ShowFlags {
  readonly attachments?: string
  readonly headers?: true
  readonly html?: string
  /** False: never through a pager. */
  readonly pager: boolean
  readonly part?: string
  readonly raw?: true
  readonly thread?: true
}

/** One message as the options want it. */
export async function runShow(context: CommandContext, id: string, flags: ShowFlags): Promise<ExitStatus> {
  const { terminal, options } = context
  const { out } = terminal
  const config = await context.loadStores()
  using readers = await openSomeReaders(context, config)
  await warnOf(context, readers.errors)
  const { message, reader } = findMessage(readers, id)
  const store = storeNameOf(config, readers, reader)
  const layout = { columns: out.columns, style: styleOf(out), wraps: out.isTty }
  const read = (lines: readonly string[]) => (flags.pager ? context.page(lines) : writeLines(out, lines))
  if (flags.thread !== undefined) {
    const nameOf = (number: number) => (store === undefined ? number : `${store}:${number}`)
    const places = await readThread({ message, reader })
    if (options.json)
      await writeLines(
        out,
        places.map((place) => threadJson(place, nameOf)),
      )
    else await read(threadPage(places, { ...layout, nameOf, shown: message.id }))
    return exitStatus.done
  }
  const octets = reader.read(message.id)
  const isWritten = await writeForm({ context, octets, flags })
  if (isWritten) return exitStatus.done
  if (options.json) await writeLines(out, [await jsonOf(context, { message, reader }, { octets, store })])
  else if (flags.headers !== undefined) await read(headerPage(octets))
  else {
    const readable = (await context.messageParser()).read(octets)
    await read([...messagePage(message, readable, layout), ...messageBody(readable, layout)])
  }
  return exitStatus.done
}

interface Writing {
  readonly context: CommandContext
  readonly octets: Uint8Array
  readonly flags: ShowFlags
}

/** False: none of the forms that are octets or files was asked for. */
async function writeForm({ context, octets, flags }: Writing): Promise<boolean> {
  const { out } = context.terminal
  if (flags.raw !== undefined) await writeRaw(out, octets)
  else if (flags.part !== undefined) await writePart(out, await partOf(context, octets, flags.part), flags.part)
  else if (flags.html !== undefined) await writePage(context, octets, flags.html)
  else if (flags.attachments !== undefined) {
    await writePaths(context, await saveAttachments(context, octets, flags.attachments))
  } else return false
  return true
}

async function writePage(context: CommandContext, octets: Uint8Array, file: string): Promise<void> {
  const page = await (await context.messageParser()).document(octets)
  if (file === '-') await context.terminal.out.write(page)
  else await writePaths(context, [await context.replaceFile(file, page)])
}

function writePaths({ terminal, options }: CommandContext, paths: readonly string[]): Promise<void> {
  return writeLines(terminal.out, options.json ? [safeJson({ v: 1, files: paths })] : paths.map(safeText))
}

/** What is no text would be noise on a terminal. */
function writePart(out: OutputStream, data: Uint8Array, part: string): Promise<void> {
  if (!out.isTty || isText(data)) return writeRaw(out, data)
  throw new AppError({
    code: 'USAGE',
    message: `part ${part} is no text, and stdout is a terminal`,
    hint: `send it to a file: --part ${part} >FILE; or write all attachments into a folder: --attachments DIR`,
    scope: 'message',
  })
}

function isText(data: Uint8Array): boolean {
  return isUtf8(data) && !data.includes(0)
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
