import { AppError } from '../model/errors.ts'
import { parseMessageName } from '../search/stored-message.ts'
import type { StoredMessage } from '../model/stored-message.ts'
import type { StoreReader } from './store-reader.ts'
import type { OpenReaders } from './open-readers.ts'
import { storeNames } from './store-names.ts'

export interface FoundMessage {
  readonly message: StoredMessage
  readonly reader: StoreReader
}

/** The one message of that name in all stores. Throws USAGE for a text that is no name and for a name of several,
 *  NO_SUCH_MESSAGE for a name of none. */
export function findMessage(readers: OpenReaders, text: string): FoundMessage {
  const name = parseMessageName(numberIn(text))
  if (name === undefined) {
    throw new AppError({
      code: 'USAGE',
      message: `"${text}" names no message`,
      hint: 'a message is named by its number in the store, such as 42 (STORE:42 where there are several), or by its hash: sha256: and at least 4 hex digits',
      scope: 'message',
    })
  }
  const found = storesNamed(readers, text).flatMap(({ reader }) =>
    reader.find(name).map((message) => ({ message, reader })),
  )
  const contents = [...Map.groupBy(found, ({ message }) => message.sha256).values()]
  const copies = contents[0]
  if (copies === undefined) {
    throw new AppError({
      code: 'NO_SUCH_MESSAGE',
      message: `no message ${text} in the mirror`,
      hint: '`mailmirror log` shows which messages there are',
      scope: 'message',
    })
  }
  if (contents.length > 1)
    throw ambiguous(
      text,
      contents.map((same) => same[0]?.message.sha256 ?? ''),
    )
  return oneOf(copies)
}

/** `STORE:42` is message 42 of that store. */
function numberIn(text: string): string {
  return /^(?!sha256:).+:(\d+)$/.exec(text)?.[1] ?? text
}

function storesNamed(readers: OpenReaders, text: string): OpenReaders['all'] {
  const number = numberIn(text)
  if (number === text) return readers.all
  const store = text.slice(0, -number.length - 1)
  const names = storeNames(readers.all.map(({ path }) => path))
  return readers.all.filter(({ path }) => names.get(path) === store || path === store)
}

/** The same content in several stores is one message that lies in all their places. */
function oneOf(copies: readonly FoundMessage[]): FoundMessage {
  const [first] = copies
  if (first === undefined) throw new Error('a group has at least one member')
  const placements = copies.flatMap(({ message }) => message.placements)
  return { reader: first.reader, message: { ...first.message, placements } }
}

function ambiguous(text: string, hashes: readonly string[]): AppError {
  return new AppError({
    code: 'USAGE',
    message: [`${text} names ${hashes.length} messages:`, ...hashes.map((hash) => `sha256:${hash}`)].join('\n'),
    hint: 'give more of the hash',
    scope: 'message',
  })
}
