import type { StoresConfig } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { snippetOf } from '../search/snippet.ts'
import { readableJson } from '../ui/readable-json.ts'
import type { CommandContext, StoreReader } from './context.ts'
import type { FoundMessage } from './find-message.ts'
import type { OpenReaders } from './open-readers.ts'
import { storeNames } from './store-names.ts'

const snippetLength = 160

/** The decoded data of one part. Throws NO_SUCH_MESSAGE where the message has no such part. */
export async function partOf(context: CommandContext, octets: Uint8Array, part: string): Promise<Uint8Array> {
  const found = (await context.messageParser()).partData(octets, part)
  if (found !== undefined) return found
  throw new AppError({
    code: 'NO_SUCH_MESSAGE',
    message: `the message has no part ${part}`,
    hint: '`mailmirror show ID` lists the attachments with their part numbers',
    scope: 'message',
  })
}

/** Writes all attachments into the folder and gives the paths of the files. */
export async function saveAttachments(
  context: CommandContext,
  octets: Uint8Array,
  folder: string,
): Promise<readonly string[]> {
  const parser = await context.messageParser()
  const paths: string[] = []
  for (const attachment of parser.read(octets).attachments) {
    const data = parser.partData(octets, attachment.part)
    if (data !== undefined) paths.push(await context.writeAttachment(folder, attachment, data))
  }
  return paths
}

interface ReadContent {
  readonly octets: Uint8Array
  /** Short name of its store; undefined: the config has only one. */
  readonly store: string | undefined
}

/** What `show --json` writes; a message that is not indexed yet has no thread. */
export async function jsonOf(context: CommandContext, found: FoundMessage, content: ReadContent): Promise<string> {
  const { message, reader } = found
  const readable = (await context.messageParser()).read(content.octets)
  const indexed = (await reader.searchReader()).describe([message.id])[0]
  const pieces = snippetOf(readable.text, [], snippetLength)
  return readableJson(message, readable, {
    id: content.store === undefined ? message.id : `${content.store}:${message.id}`,
    threadId: indexed?.threadId,
    date: indexed?.date,
    snippet: pieces.map(({ text }) => text).join(''),
  })
}

/** undefined: the config has only one store. */
export function storeNameOf(config: StoresConfig, readers: OpenReaders, reader: StoreReader): string | undefined {
  const paths = [...new Set(config.accounts.map(({ store }) => store))]
  const own = readers.all.find((open) => open.reader === reader)
  return paths.length > 1 && own !== undefined ? storeNames(paths).get(own.path) : undefined
}
