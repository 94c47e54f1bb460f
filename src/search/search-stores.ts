import type { IndexedMessage, SearchHit, SearchReader, SearchRequest } from './search-reader.ts'

/** One of several stores. */
export interface SearchedStore {
  /** Stands before a message's number where there are several stores; undefined: there is one. */
  readonly name: string | undefined
  readonly reader: SearchReader
}

/** A message that was found, and where. */
export interface FoundMessage {
  readonly store: SearchedStore
  readonly message: IndexedMessage
  /** How many messages its thread has in that store's mailboxes, where it stands for its thread. */
  readonly threadMessages?: number
}

/** Messages that are described at once. */
const described = 200

/** Searches stores and merges what is found: by date, or by relevance the best of each in turn. The same content in several
 *  stores is one message, with the placements of all. Reads as far as it is iterated. */
export function* searchStores(stores: readonly SearchedStore[], request: SearchRequest): Generator<FoundMessage> {
  const seen = new Set<string>()
  let count = 0
  for (const chunk of inChunks(merged(stores, request))) {
    for (const found of describeAll(chunk)) {
      if (seen.has(found.message.sha256)) continue
      // Only several stores can hold one content twice.
      if (stores.length > 1) seen.add(found.message.sha256)
      if (count++ === request.limit) return
      yield found
    }
  }
}

/** As `searchStores`, each thread once: by the first of its messages that is found. */
export function* searchThreads(stores: readonly SearchedStore[], request: SearchRequest): Generator<FoundMessage> {
  const seen = new Map(stores.map((store) => [store, new Set<number>()]))
  let count = 0
  for (const found of searchStores(stores, { ...request, limit: undefined })) {
    const { store, message } = found
    const threads = seen.get(store)
    if (threads === undefined || threads.has(message.threadId)) continue
    if (count++ === request.limit) return
    threads.add(message.threadId)
    yield { ...found, threadMessages: store.reader.threadLength(message.threadId) }
  }
}

/** How many messages there are, each content once. */
export function countInStores(stores: readonly SearchedStore[], request: SearchRequest): number {
  const [only] = stores
  if (stores.length === 1 && only !== undefined) return only.reader.count(request)
  let count = 0
  for (const _ of searchStores(stores, { ...request, limit: undefined })) count++
  return count
}

/** The names of what `searchStores` finds; of a single store nothing but the index is read. */
export function* namesInStores(stores: readonly SearchedStore[], request: SearchRequest): Generator<string> {
  const [only] = stores
  if (stores.length !== 1 || only === undefined) {
    for (const found of searchStores(stores, request)) yield nameOfFound(found)
    return
  }
  for (const { id } of only.reader.search(request)) yield nameIn(only, id)
}

/** `42`, or `STORE:42` where there are several. */
export function nameOfFound({ store, message }: FoundMessage): string {
  return nameIn(store, message.id)
}

function nameIn({ name }: SearchedStore, id: number): string {
  return name === undefined ? `${id}` : `${name}:${id}`
}

interface PlacedHit {
  readonly store: SearchedStore
  readonly hit: SearchHit
}

function* merged(stores: readonly SearchedStore[], request: SearchRequest): Generator<PlacedHit> {
  const lists = stores.map((store) => ({ store, hits: store.reader.search(request), next: 0 }))
  for (;;) {
    const open = lists.filter(({ hits, next }) => next < hits.length)
    const best =
      request.order === 'date'
        ? open.toSorted((left, right) => dateOf(right) - dateOf(left))[0]
        : open.toSorted((left, right) => left.next - right.next)[0]
    const hit = best?.hits[best.next]
    if (best === undefined || hit === undefined) return
    best.next++
    yield { store: best.store, hit }
  }
}

function dateOf({ hits, next }: { readonly hits: readonly SearchHit[]; readonly next: number }): number {
  return hits[next]?.date ?? 0
}

function* inChunks(hits: Iterable<PlacedHit>): Generator<readonly PlacedHit[]> {
  let chunk: PlacedHit[] = []
  for (const hit of hits) {
    chunk.push(hit)
    if (chunk.length < described) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

function describeAll(chunk: readonly PlacedHit[]): readonly FoundMessage[] {
  const messages = new Map<SearchedStore, ReadonlyMap<number, IndexedMessage>>()
  for (const [store, hits] of Map.groupBy(chunk, (one) => one.store)) {
    const ids = hits.map(({ hit }) => hit.id)
    messages.set(store, new Map(store.reader.describe(ids).map((message) => [message.id, message])))
  }
  const found = chunk.flatMap(({ store, hit }) => {
    const message = messages.get(store)?.get(hit.id)
    return message === undefined ? [] : [{ store, message }]
  })
  if (messages.size < 2) return found
  const copies = Map.groupBy(found, ({ message }) => message.sha256)
  return found.map(({ store, message }) => {
    const placements = (copies.get(message.sha256) ?? []).flatMap((copy) => copy.message.placements)
    return { store, message: { ...message, placements } }
  })
}
