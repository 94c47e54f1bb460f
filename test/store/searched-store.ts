import type { FlagState, Query, TextField } from '../../src/model/query.ts'
import type { MessageRow } from '../../src/model/message.ts'
import type { SearchReader, SearchRequest } from '../../src/search/search-reader.ts'
import { openReader } from './sample-store.ts'

/** Opens a store for searching until the running test has finished. */
export function openSearcher(path: string): Promise<SearchReader> {
  return openReader(path).searchReader()
}

export const word = (text: string, field?: TextField): Query => ({ kind: 'text', field, text, prefix: false })
export const beginning = (text: string, field?: TextField): Query => ({ kind: 'text', field, text, prefix: true })
export const and = (...of: readonly Query[]): Query => ({ kind: 'and', of })
export const or = (...of: readonly Query[]): Query => ({ kind: 'or', of })
export const not = (of: Query): Query => ({ kind: 'not', of })
export const inMailbox = (glob: string): Query => ({ kind: 'mailbox', glob })
export const isFlag = (state: FlagState): Query => ({ kind: 'flag', state })
export const removed: Query = { kind: 'removed' }
export const anywhere: Query = { kind: 'anywhere' }

/** Numbers of what is found, newest first; the count has to agree. */
export function found(reader: SearchReader, query: Query, more: Partial<SearchRequest> = {}): readonly number[] {
  const request: SearchRequest = { query, order: 'date', limit: undefined, accounts: undefined, ...more }
  const ids = reader.search(request).map(({ id }) => id)
  const count = reader.count(request)
  if (request.limit === undefined && count !== ids.length) {
    throw new Error(`${ids.length} messages are found and ${count} are counted`)
  }
  return ids
}

/** Header lines and a text, as they are sent. */
export function letter(header: Readonly<Record<string, string>>, text: string): string {
  const lines = Object.entries(header).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${lines.join('')}\r\n${text}\r\n`, 'utf8').toString('latin1')
}

export const seen = { flags: [String.raw`\Seen`] } satisfies Partial<MessageRow>
