import type { Config } from '../model/account.ts'
import type { Selector } from '../model/select.ts'
import type { OnSyncEvent, SyncFinished } from '../sync/events.ts'
import { syncAccounts } from '../sync/sync-loop.ts'
import type { CommandContext } from './context.ts'
import { openReaders } from './open-readers.ts'
import { hooksBesideSync } from './hooks-beside-sync.ts'
import { mirrorInto, requestOf } from './mirror-into.ts'
import type { EnginePorts } from './mirror-into.ts'
import { closeStores, openStores } from './open-stores.ts'
import { keepProfile } from './keep-profile.ts'
import { missingIn } from './missing-selectors.ts'
import type { Selection } from './select-accounts.ts'
import type { SyncFlags } from './sync-flags.ts'
import { TimeLimit } from './time-limit.ts'

export interface SyncRun {
  readonly config: Config
  readonly selection: Selection
  readonly flags: SyncFlags
  readonly onEvent: OnSyncEvent
}

export interface SyncRunResult {
  readonly finished: SyncFinished
  /** What was named and is not on the server. */
  readonly missing: readonly Selector[]
  /** Why the transcript is not whole. */
  readonly recordTrouble: string | undefined
  /** What is to be said of hooks, safe. */
  readonly hookLines: readonly string[]
}

interface Mirrored {
  readonly finished: SyncFinished
  readonly hookLines: readonly string[]
}

/** One run of the engine on the stores of the selected accounts. */
export async function runSync(context: CommandContext, run: SyncRun): Promise<SyncRunResult> {
  const seen = new Set<string>()
  const onEvent: OnSyncEvent = (event) => {
    if (event.type === 'mailbox-planned') seen.add(`${event.account}\0${event.mailbox}`)
    run.onEvent(event)
  }
  using limit = new TimeLimit(context.clock, context.signal, run.flags.maxTime)
  const { signal, deadlineMs } = limit
  const stores = run.selection.accounts.map(({ store }) => store)
  using profiler = await context.createRunProfiler(run.flags.profile === false ? 'off' : 'always-on', stores)
  const { recorder } = profiler
  const startedAtMs = context.nowMs()
  using source = await context.openSource(run.config, run.flags.record)
  const ports: EnginePorts = { source, recorder, clock: context.clock, onEvent, signal, deadlineMs, nowMs: startedAtMs }
  const { finished, hookLines } = await (run.flags.dryRun === true ? planOnly : mirror)(context, run, ports)
  if (run.flags.dryRun !== true && run.flags.profile !== false)
    await keepProfile(context, { ...run, profiler, startedAtMs })
  return { finished, missing: missingIn(run.selection, finished, seen), recordTrouble: source.trouble, hookLines }
}

async function mirror(context: CommandContext, run: SyncRun, ports: EnginePorts): Promise<Mirrored> {
  const { stores, accounts, refused } = await openStores(
    { context, config: run.config, waitMs: run.flags.wait, signal: ports.signal, recorder: ports.recorder },
    run.selection.accounts,
  )
  const beginning = hooksBesideSync(context, { config: run.config, accounts, signal: ports.signal })
  // Threads of stores that nobody closes would keep the process alive.
  await using hooks = await beginning.catch(async (error: unknown) => {
    await closeStores(stores)
    throw error
  })
  const finished = await mirrorInto({ stores, accounts, refused }, { context, run, ports, hooks })
  ports.onEvent(finished)
  return { finished, hookLines: await hooks.finish() }
}

/** Takes no lock and makes no store. */
async function planOnly(context: CommandContext, run: SyncRun, ports: EnginePorts): Promise<Mirrored> {
  const { accounts } = run.selection
  using opened = await openReaders(context, run.config, accounts)
  const readers = new Map(opened.all.map(({ path, reader }) => [path, reader]))
  const finished = await syncAccounts(requestOf(run, accounts, ports), { ...ports, stores: new Map(), readers })
  return { finished, hookLines: [] }
}
