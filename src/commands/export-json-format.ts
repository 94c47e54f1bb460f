import type { FileFormat } from '../export/export-files.ts'
import type { CommandContext } from './context.ts'
import type { ExportPlan } from './export-into.ts'
import { jsonOfReadable } from './read-message.ts'

const nothing = new Uint8Array(0)
const lineFeed = Buffer.from('\n')

/** A line of JSON for each message, as `show --json` writes it; with the octets as `raw` in base64 if they are wanted. */
export async function jsonFormat(
  context: CommandContext,
  { searchers, flags }: Pick<ExportPlan, 'searchers' | 'flags'>,
): Promise<FileFormat> {
  const parser = await context.messageParser()
  return {
    ending: '.jsonl',
    encode: ({ source, message }, octets) => {
      const search = searchers.get(source.reader)
      if (search === undefined) throw new Error('each store has an index, be it empty')
      const readable = parser.read(octets)
      const dataOf = flags.attachmentData === true ? (part: string) => parser.partData(octets, part) : undefined
      const text = jsonOfReadable(
        { message, readable, search, store: source.name },
        { withText: flags.text !== false, dataOf },
      )
      const raw = flags.rawBase64 === true ? `,"raw":"${Buffer.from(octets).toString('base64')}"` : ''
      return { before: nothing, body: Buffer.from(`${text.slice(0, -1)}${raw}}`), after: lineFeed }
    },
  }
}
