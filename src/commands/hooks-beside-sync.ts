import type { Account, Config } from '../model/account.ts'
import type { SyncEvent } from '../sync/events.ts'
import { hookEventLine, hookOutputLines, hookResultLines } from '../ui/hooks-page.ts'
import { safeText } from '../ui/safe-text.ts'
import type { CommandContext } from './context.ts'

/** Hooks that are told while a sync runs. */
export interface HooksBesideSync extends AsyncDisposable {
  onEvent(event: SyncEvent): void
  /** Tells what is left, for a short time; what is to be said of it, safe, when the screen is free. */
  finish(): Promise<readonly string[]>
}

interface BesideSync {
  readonly config: Config
  readonly accounts: readonly Account[]
  readonly signal: AbortSignal
}

/** A sync does not wait longer than this for hooks; the next one goes on. Of pauses only the first is worth it. */
const patience = { limitMs: 10_000, pauseMs: 2000 }
const mostLines = 200

/** `MirrorStore`s of the accounts are open. Whatever goes wrong is told and costs the sync nothing. */
export async function hooksBesideSync(
  context: CommandContext,
  { config, accounts, signal }: BesideSync,
): Promise<HooksBesideSync> {
  if ((config.hooks ?? []).length === 0) return noHooks
  const { startHooks } = await import('./deliver-hooks.ts')
  const { verbosity, quiet } = context.options
  const lines: string[] = []
  const note = (...more: readonly string[]): void => {
    if (verbosity > 0 && lines.length < mostLines) lines.push(...more)
  }
  const delivery = await startHooks(context, {
    config,
    stores: accounts.map(({ store }) => store),
    signal,
    onEvent: (event) => note(hookEventLine(event)),
    onOutput: (hook, text) => note(...hookOutputLines(hook, text)),
  })
  return {
    onEvent: ({ type }) => {
      if (isNewsForHooks(type)) delivery.notify()
    },
    finish: async () => {
      const { results, errors } = await delivery.finish(patience)
      const failed = errors.map(({ message }) => safeText(`mailmirror: hooks were not told: ${message}`))
      return [...lines, ...hookResultLines(results, { all: false, quiet }), ...failed]
    },
    [Symbol.asyncDispose]: () => delivery[Symbol.asyncDispose](),
  }
}

/** Whether there may be something to tell of after such an event. */
export const isNewsForHooks = (type: string): boolean => newsOf.has(type)

const newsOf: ReadonlySet<string> = new Set<SyncEvent['type']>([
  'batch-committed',
  'messages-linked',
  'index-progressed',
  'mailbox-finished',
  'mailbox-gone',
  'mailbox-renamed',
])

const noHooks: HooksBesideSync = {
  onEvent: () => undefined,
  finish: () => Promise.resolve([]),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}
