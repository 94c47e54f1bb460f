import type { OriginalMessage } from '../send/compose-draft.ts'
import type { DraftAttachment } from '../send/ports.ts'
import type { CommandContext } from './context.ts'
import { findMessage } from './find-message.ts'
import { largestMessage, usage } from './message-to-send.ts'
import { openSomeReaders } from './open-readers.ts'
import type { SendParts } from './send-parts.ts'

/** TEXT, @FILE, or - for stdin. */
export async function textOf(parts: SendParts, value: string | undefined): Promise<string | undefined> {
  if (value === undefined || (value !== '-' && !value.startsWith('@'))) return value
  const octets =
    value === '-' ? await parts.readInput(largestMessage) : await parts.readFile(value.slice(1), largestMessage)
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('utf8')
  if (Buffer.byteLength(text) === octets.length && !text.includes('\0')) return text
  throw usage(
    `${value === '-' ? 'stdin' : value.slice(1)} is no text in UTF-8`,
    'send it along as a file: --attach FILE',
  )
}

/** Files, under their own names. */
export function attachmentsOf(parts: SendParts, paths: readonly string[]): Promise<readonly DraftAttachment[]> {
  return Promise.all(
    paths.map(async (path) => {
      const octets = await parts.readFile(path, largestMessage)
      return { name: path.replace(/^(?:[A-Za-z]:.*\\|.*\/)/s, ''), type: undefined, octets }
    }),
  )
}

/** The message that is answered or sent on. */
export async function original(context: CommandContext, id: string | undefined): Promise<OriginalMessage | undefined> {
  if (id === undefined) return undefined
  using readers = await openSomeReaders(context, await context.loadStores())
  const { message, reader } = findMessage(readers, id)
  const octets = reader.read(message.id)
  const { fields, text } = (await context.messageParser()).read(octets)
  const { messageId, references, inReplyTo, subject, from, replyTo } = fields
  const date = fields.date?.source === 'date' ? fields.date.text : undefined
  return { octets, messageId, references, inReplyTo, subject, from, replyTo, date, text }
}
