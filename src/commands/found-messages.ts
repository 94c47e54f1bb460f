import type { SearchRequest } from '../search/search-reader.ts'
import { countInStores, nameOfFound, namesInStores, searchStores, searchThreads } from '../search/search-stores.ts'
import type { FoundMessage, SearchedStore } from '../search/search-stores.ts'

/** Messages, or each thread once. */
export function foundIn(
  stores: readonly SearchedStore[],
  request: SearchRequest,
  byThread: boolean,
): Iterable<FoundMessage> {
  return byThread ? searchThreads(stores, request) : searchStores(stores, request)
}

export function namesOf(stores: readonly SearchedStore[], request: SearchRequest, byThread: boolean): Iterable<string> {
  return byThread ? mapped(searchThreads(stores, request), nameOfFound) : namesInStores(stores, request)
}

/** Of messages, or of threads. */
export function countOf(stores: readonly SearchedStore[], request: SearchRequest, byThread: boolean): number {
  if (!byThread) return countInStores(stores, request)
  let count = 0
  for (const _ of searchThreads(stores, { ...request, limit: undefined })) count++
  return count
}

export function* mapped<T>(found: Iterable<T>, toLine: (found: T) => string): Generator<string> {
  for (const one of found) yield toLine(one)
}
