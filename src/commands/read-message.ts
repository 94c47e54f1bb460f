import type { StoresConfig } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { StoredMessage } from '../model/stored-message.ts'
import type { ReadableMessage } from '../search/extracted-message.ts'
import type { SearchReader } from '../search/search-reader.ts'
import { snippetOf } from '../search/snippet.ts'
import { readableJson } from '../ui/readable-json.ts'
import type { ReadableChoice } from '../ui/readable-json.ts'
import type { CommandContext } from './context.ts'
import type { StoreReader } from './store-reader.ts'
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

/** What `show --json` writes. */
export async function jsonOf(context: CommandContext, found: FoundMessage, content: ReadContent): Promise<string> {
  const { message, reader } = found
  const readable = (await context.messageParser()).read(content.octets)
  const search = await reader.searchReader()
  return jsonOfReadable({ message, readable, search, store: content.store })
}

interface ReadableContent {
  readonly message: StoredMessage
  readonly readable: ReadableMessage
  readonly search: Pick<SearchReader, 'describe'>
  /** See `ReadContent`. */
  readonly store: string | undefined
}

/** The same of a message that has been parsed; one that is not indexed yet has no thread. */
export function jsonOfReadable(
  { message, readable, search, store }: ReadableContent,
  choice: ReadableChoice = {},
): string {
  const [indexed] = search.describe([message.id])
  const pieces = snippetOf(readable.text, [], snippetLength)
  return readableJson(message, readable, {
    id: store === undefined ? message.id : `${store}:${message.id}`,
    threadId: indexed?.threadId,
    date: indexed?.date,
    snippet: pieces.map(({ text }) => text).join(''),
    ...choice,
  })
}

/** undefined: the config has only one store. */
export function storeNameOf(config: StoresConfig, readers: OpenReaders, reader: StoreReader): string | undefined {
  const paths = [...new Set(config.accounts.map(({ store }) => store))]
  const own = readers.all.find((open) => open.reader === reader)
  return paths.length > 1 && own !== undefined ? storeNames(paths).get(own.path) : undefined
}
