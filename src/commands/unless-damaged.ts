import { AppError } from '../model/errors.ts'
import type { OpenSearchReader } from '../search/search-reader.ts'
import type { StoredMessage } from '../model/stored-message.ts'
import type { StatsReader } from '../search/stats.ts'

const noStats: StatsReader = {
  mailboxTotals: () => [],
  messages: () => [],
  largestAttachments: () => [],
  attachmentTotal: () => ({ count: 0, octets: 0 }),
}

const none = (): readonly never[] => []
const zero = (): number => 0

/** One of several stores: from its first error on it has nothing, and the others are searched as if it were not there. The error is
 *  added to `errors`. */
export function unlessDamaged(reader: OpenSearchReader, errors: AppError[]): OpenSearchReader {
  let hasFailed = false
  const reading = <T>(read: () => T, nothing: () => T): T => {
    if (hasFailed) return nothing()
    try {
      return read()
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      hasFailed = true
      errors.push(error)
      return nothing()
    }
  }
  return {
    search: (request) => reading(() => reader.search(request), none),
    count: (request) => reading(() => reader.count(request), zero),
    describe: (ids) => reading(() => reader.describe(ids), none),
    text: (id) =>
      reading(
        () => reader.text(id),
        () => undefined,
      ),
    threadMembers: (thread) => reading(() => reader.threadMembers(thread), none),
    threadLength: (thread) => reading(() => reader.threadLength(thread), zero),
    pending: () => reading(() => reader.pending(), zero),
    stats: (read) =>
      reading(
        () => reader.stats(read),
        () => read(noStats),
      ),
    among: (request, ids) => reading(() => reader.among(request, ids), none),
    indexedUpTo: () => reading(() => reader.indexedUpTo(), zero),
    goBackTo: (moment) => reader.goBackTo(moment),
    prunedSince: () => reading<Iterable<StoredMessage>>(() => [...reader.prunedSince()], none),
    close: () => reader.close(),
  }
}
