import { AppError } from '../model/errors.ts'
import type { IndexedMessage } from '../search/search-reader.ts'
import { orderThread } from '../search/thread.ts'
import type { ThreadPlace } from '../search/thread.ts'
import type { FoundMessage } from './find-message.ts'

const describedAtOnce = 200

/** The thread of a message, in the order of the conversation. Throws NO_SUCH_MESSAGE where it is not indexed yet. */
export async function readThread({ message, reader }: FoundMessage): Promise<readonly ThreadPlace<IndexedMessage>[]> {
  const search = await reader.searchReader()
  const [indexed] = search.describe([message.id])
  if (indexed === undefined) {
    throw new AppError({
      code: 'NO_SUCH_MESSAGE',
      message: `message ${message.id} is not in the index yet, so its thread is not known`,
      hint: 'run `mailmirror reindex`',
      scope: 'message',
    })
  }
  const ids = search.threadMembers(indexed.threadId)
  const members: IndexedMessage[] = []
  for (let start = 0; start < ids.length; start += describedAtOnce) {
    members.push(...search.describe(ids.slice(start, start + describedAtOnce)))
  }
  return orderThread(members)
}
