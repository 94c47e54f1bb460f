import type { Config } from '../model/account.ts'
import type { LaneRecorder } from '../model/lane.ts'
import { Watch } from '../sync/watch.ts'
import type { WatchEnd, WatchRequest } from '../sync/watch.ts'
import type { WatchEvent } from '../sync/watch-events.ts'
import { safeText } from '../ui/safe-text.ts'
import type { ReportedEvent } from '../ui/watch-lines.ts'
import type { CommandContext } from './context.ts'
import { flushWhileWatching } from './flush-while-watching.ts'
import { HooksBesideWatch } from './hooks-beside-watch.ts'
import { leftOutMailboxes } from './left-out.ts'
import { NewMailFeed } from './new-mail.ts'
import type { WatchFlags } from './keep-watching.ts'
import { WatchReloading } from './reload-watch.ts'
import type { Selection } from './select-accounts.ts'
import { ServiceStatus } from './service-status.ts'
import { WatchedStores } from './watched-stores.ts'

export interface Following {
  readonly config: Config
  readonly selection: Selection
  readonly selects: readonly string[]
  readonly flags: WatchFlags
  readonly recorder: LaneRecorder
  /** Fires to end the watch. */
  readonly end: AbortController
  readonly report: (event: ReportedEvent) => void
}

export interface Followed {
  readonly end: WatchEnd
  /** What is to be said of hooks, safe, when the screen is free. */
  readonly hookLines: readonly string[]
}

/** The engine on its stores, with all that runs along: the index, the outbox, hooks, and whoever has started us. */
export async function followAccounts(context: CommandContext, following: Following): Promise<Followed> {
  const { config, selection, flags, recorder, end } = following
  const { signal } = end
  const machine = await context.watchParts()
  using source = await context.openSource(config)
  const onEvent = (event: WatchEvent): void => {
    stores.onEvent(event)
    feed.onEvent(event)
    hooks?.onEvent(event)
    following.report(event)
    service.onEvent(event)
  }
  const stores = new WatchedStores({ context, recorder, signal, isIndexing: flags.index !== false, onEvent })
  using feed = new NewMailFeed({ context, config, onNew: following.report })
  const onTrouble = (why: string): void =>
    void context.terminal.err.write(`mailmirror: systemd could not be told: ${safeText(why)}\n`)
  let hooks: HooksBesideWatch | undefined
  const service = new ServiceStatus({ service: machine.service, clock: context.clock, signal, onTrouble })
  try {
    const current = { config, accounts: await stores.add(config, selection.accounts) }
    const { clock, nowMs } = context
    const addresses = (): ReadonlySet<string> => machine.addresses()
    const ports = { source, stores: stores.open, recorder, clock, nowMs, addresses, onEvent, signal }
    const request = requestOf(context, following, () => current.accounts)
    const watch = new Watch(request, ports)
    const reloading = new WatchReloading({
      context,
      selects: following.selects,
      stores,
      watch,
      current,
      onEvent,
      onBegin: () => service.tell('RELOADING=1'),
      onEnd: () => {
        hooks?.renew()
        service.tellReady(namesOf(current))
      },
    })
    using _listening = machine.onHangUp(() => reloading.reload())
    hooks = new HooksBesideWatch({ context, now: () => current, signal, report: following.report })
    // A hook that is new begins before the first change.
    await hooks.begin()
    const ended = watch.run(current.accounts)
    stores.tellRefused()
    service.tellReady(namesOf(current))
    const telling = hooks.run()
    const status = service.keepTelling(() => namesOf(current))
    const sending = flushWhileWatching(context, () => current, { signal, onEvent })
    const beside = [sending, status, reloading.retryStores(signal)]
    try {
      const reached = await ended
      end.abort()
      return { end: reached, hookLines: await telling }
    } finally {
      end.abort()
      await Promise.all([reloading.finish(), telling, ...beside])
    }
  } finally {
    await service.end()
    await stores.close()
  }
}

const namesOf = ({ accounts }: Pick<Config, 'accounts'>): readonly string[] => accounts.map(({ name }) => name)

function requestOf(
  { nowMs }: CommandContext,
  { config, selection: { selectors }, flags }: Following,
  accounts: () => Config['accounts'],
): WatchRequest {
  return {
    selectors,
    limits: config,
    pace: { everyMs: flags.every, pollMs: flags.poll },
    leftOut: () => leftOutMailboxes({ accounts: accounts(), selectors, nowMs: nowMs() }),
  }
}
