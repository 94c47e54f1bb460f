import type { Query } from '../model/query.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { SearchOrder, SearchRequest } from '../search/search-reader.ts'
import { nameOfFound } from '../search/search-stores.ts'
import type { FoundMessage } from '../search/search-stores.ts'
import { phrasesOf, snippetOf } from '../search/snippet.ts'
import type { CommandContext } from './context.ts'
import { countOf, foundIn, mapped, namesOf } from './found-messages.ts'
import { goBackAsOf } from './go-back.ts'
import { readQuery } from './read-query.ts'
import { openSearchedStores } from './searched-stores.ts'

export interface SearchFlags {
  readonly ids?: true
  readonly count?: true
  /** 0: all. */
  readonly limit?: number
  readonly sort?: SearchOrder
  /** Each thread once. */
  readonly threads?: true
  readonly asOf?: string
}

const tableLimit = 50
const chunkLength = 65_536

/** One search from the command line. */
export async function runSearch(context: CommandContext, text: string, flags: SearchFlags): Promise<ExitStatus> {
  const query = await readQuery(context, text)
  using stores = await openSearchedStores(context)
  if (flags.asOf !== undefined) await goBackAsOf(context, stores.openReaders, flags.asOf)
  const { out } = context.terminal
  const { json } = context.options
  const byThread = flags.threads === true
  const request: SearchRequest = {
    query,
    order: flags.sort ?? 'date',
    limit: limitOf(flags, json),
    accounts: undefined,
  }
  if (flags.count === true) {
    const count = countOf(stores.all, request, byThread)
    await out.write(json ? `${JSON.stringify({ v: 1, count })}\n` : `${count}\n`)
  } else if (flags.ids === true) {
    await writeLines(context, namesOf(stores.all, request, byThread))
  } else if (json) {
    const { searchJson } = await import('../ui/search-page.ts')
    await writeLines(
      context,
      mapped(foundIn(stores.all, request, byThread), (found) => searchJson(rowOf(query, found, 160))),
    )
  } else
    await writeTable(context, (wanted) => foundIn(stores.all, wanted, byThread), { request, accounts: stores.accounts })
  await stores.warn()
  if (flags.asOf !== undefined)
    await (await import('./pruned-since.ts')).warnOfPruned(context, stores.openReaders, query)
  return stores.failed ? exitStatus.incomplete : exitStatus.done
}

function limitOf({ limit, ids, count }: SearchFlags, json: boolean): number | undefined {
  if (limit !== undefined) return limit === 0 ? undefined : limit
  return json || ids === true || count === true ? undefined : tableLimit
}

interface TableRequest {
  readonly request: SearchRequest
  readonly accounts: number
}

async function writeTable(
  context: CommandContext,
  find: (request: SearchRequest) => Iterable<FoundMessage>,
  { request, accounts }: TableRequest,
): Promise<void> {
  const { out, err } = context.terminal
  const { searchPage } = await import('../ui/search-page.ts')
  const { styleOf } = await import('../ui/style.ts')
  const { limit } = request
  const wanted = limit === undefined ? request : { ...request, limit: limit + 1 }
  const found = [...find(wanted)]
  const shown = found.slice(0, limit)
  const length = Math.max(40, out.columns)
  const lines = searchPage(
    shown.map((one) => rowOf(request.query, one, length)),
    { columns: out.columns, style: styleOf(out), withAccounts: accounts > 1 },
  )
  await out.write(lines.map((line) => `${line}\n`).join(''))
  if (context.options.quiet) return
  if (found.length === 0) await err.write('mailmirror: nothing found\n')
  if (found.length > shown.length) {
    await err.write(`mailmirror: there are more than these ${shown.length}; --limit 0 shows all, --count counts them\n`)
  }
}

function rowOf(query: Query, found: FoundMessage, length: number) {
  const text = found.store.reader.text(found.message.id) ?? ''
  return { found, name: nameOfFound(found), snippet: snippetOf(text, phrasesOf(query), length) }
}

async function writeLines(context: CommandContext, lines: Iterable<string>): Promise<void> {
  let chunk = ''
  for (const line of lines) {
    chunk += `${line}\n`
    if (chunk.length < chunkLength) continue
    context.signal.throwIfAborted()
    await context.terminal.out.write(chunk)
    chunk = ''
  }
  if (chunk !== '') await context.terminal.out.write(chunk)
}
