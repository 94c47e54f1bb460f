import { AppError } from '../model/errors.ts'
import type { Query } from '../model/query.ts'
import { parseQuery } from '../search/parse-query.ts'
import { QueryError } from '../search/query-error.ts'
import type { SearchOrder } from '../search/search-reader.ts'
import { nameOfFound, searchStores, searchThreads } from '../search/search-stores.ts'
import type { SearchedStore } from '../search/search-stores.ts'
import type { Finding } from '../ui/search-view.ts'

const mostRows = 200

export interface TypedSearch {
  readonly stores: readonly SearchedStore[]
  readonly order: SearchOrder
  readonly byThread: boolean
  readonly nowMs: number
}

/** What a query finds that is still being typed: a word at its end may go on. */
export function findAsTyped(text: string, { stores, order, byThread, nowMs }: TypedSearch): Finding {
  try {
    const request = { query: typedQuery(text, nowMs), order, limit: mostRows + 1, accounts: undefined }
    const found = [...(byThread ? searchThreads(stores, request) : searchStores(stores, request))]
    const rows = found.slice(0, mostRows).map((one) => ({ found: one, name: nameOfFound(one), snippet: [] }))
    return { rows, more: found.length > mostRows, problem: undefined }
  } catch (error) {
    if (!(error instanceof QueryError) && !(error instanceof AppError)) throw error
    return { rows: [], more: false, problem: error.message }
  }
}

function typedQuery(text: string, nowMs: number): Query {
  const goesOn = /[\p{L}\p{N}]{2}$/u.test(text)
  try {
    return parseQuery(goesOn ? `${text}*` : text, { nowMs })
  } catch {
    // A date or a size has no star.
    return parseQuery(text, { nowMs })
  }
}
