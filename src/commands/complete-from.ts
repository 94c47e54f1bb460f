import type { StoresConfig } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { fieldNames } from '../search/query-fields.ts'
import type { Candidate, Completions } from '../ui/completion-answer.ts'
import type { CommandContext } from './context.ts'
import { openReaders } from './open-readers.ts'
import type { Wanted } from './wanted-kinds.ts'

/** Adds what the config and the stores know to what the program itself does. Neither a server nor a lock is asked for. */
export async function completeFrom(
  { kind, prefix, candidates }: Wanted,
  current: string,
  createContext: () => CommandContext,
): Promise<Completions> {
  if (kind === 'files' || kind === 'folders') return { kind }
  if (kind === 'nothing') return { kind: 'words', candidates, isOpen: false }
  const asked = { context: createContext(), text: current.slice(prefix.length) }
  const found = await unlessUnknown(kind === 'query' ? queryWords(asked) : placeNames(asked, kind))
  const values = found.map((value) => ({ value: `${prefix}${value}` }))
  return { kind: 'words', candidates: [...candidates, ...values], isOpen: isOpen(kind, values, current) }
}

interface Asked {
  readonly context: CommandContext
  /** What has been typed of it. */
  readonly text: string
}

/** Whether what is offered may go on: an account with a mailbox, a field with its value. */
function isOpen(kind: Wanted['kind'], values: readonly Candidate[], current: string): boolean {
  const fitting = values.filter(({ value }) => value.startsWith(current))
  if (fitting.length === 0) return false
  if (kind === 'query') return fitting.every(({ value }) => value.endsWith(':'))
  return kind === 'places' && !current.includes('/')
}

async function placeNames(asked: Asked, kind: 'accounts' | 'places' | 'mailboxes'): Promise<readonly string[]> {
  const { context, text } = asked
  const config = await context.loadStores()
  const names = config.accounts.map(({ name }) => name)
  if (kind === 'accounts') return names
  if (kind === 'mailboxes') return mailboxesOf(context, config, names)
  const slash = text.indexOf('/')
  if (slash < 0) return names
  const account = text.slice(0, slash)
  return (await mailboxesOf(context, config, [account])).map((path) => `${account}/${path}`)
}

async function mailboxesOf(
  context: CommandContext,
  config: StoresConfig,
  names: readonly string[],
): Promise<readonly string[]> {
  const accounts = config.accounts.filter(({ name }) => names.includes(name))
  using readers = await openReaders(context, config, accounts)
  const states = accounts.flatMap((account) => readers.of(account)?.status([account.name], []) ?? [])
  return states.flatMap(({ mailboxes }) => mailboxes.map(({ path }) => path))
}

const states = ['unread', 'read', 'flagged', 'answered', 'draft', 'removed']

/** Fields, and what may stand behind some of them. A hyphen before any of them says no. */
async function queryWords({ context, text }: Asked): Promise<readonly string[]> {
  const [, no = '', field = ''] = /^(-?)(?:([a-z-]+):)?/.exec(text) ?? []
  if (field === '') return [...fieldNames].map((name) => `${no}${name}:`)
  const values = await fieldValues(context, field)
  return values.map((value) => `${no}${field}:${value}`)
}

async function fieldValues(context: CommandContext, field: string): Promise<readonly string[]> {
  if (field === 'is') return states
  if (field === 'has') return ['attachment']
  if (field !== 'in' && field !== 'mailbox' && field !== 'account') return []
  const config = await context.loadStores()
  const names = config.accounts.map(({ name }) => name)
  if (field === 'account') return names
  const paths = await mailboxesOf(context, config, names)
  return [...(field === 'in' ? ['anywhere'] : []), ...paths.flatMap(queryValue)]
}

/** A mailbox as a query names it. One with a quote in it has no such form. */
function queryValue(path: string): readonly string[] {
  if (!/[\s()"“”„«»]/.test(path)) return [path]
  return path.includes('"') ? [] : [`"${path}"`]
}

/** No config, no store: then there is nothing to offer from them. */
async function unlessUnknown(finding: Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await finding
  } catch (error) {
    if (error instanceof AppError) return []
    throw error
  }
}
