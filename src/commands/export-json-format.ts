import type { FileFormat } from '../export/export-files.ts'
import { idOf } from '../export/export-files.ts'
import { snippetOf } from '../search/snippet.ts'
import { jsonLine } from '../ui/export-json.ts'
import type { CommandContext } from './context.ts'
import type { ExportPlan } from './export-into.ts'

const snippetLength = 160

/** A line of JSON for each message, as `show --json` writes it. */
export async function jsonFormat(
  context: CommandContext,
  { searchers, flags }: Pick<ExportPlan, 'searchers' | 'flags'>,
): Promise<FileFormat> {
  const parser = await context.messageParser()
  return {
    ending: '.jsonl',
    encode: (item, octets) => {
      const { source, message } = item
      const readable = parser.read(octets)
      const [indexed] = searchers.get(source.reader)?.describe([message.id]) ?? []
      return jsonLine(message, readable, {
        id: source.name === undefined ? message.id : idOf(item),
        indexed,
        snippet: snippetOf(readable.text, [], snippetLength)
          .map(({ text }) => text)
          .join(''),
        octets: flags.rawBase64 === true ? octets : undefined,
      })
    },
  }
}
