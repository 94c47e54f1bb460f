import type { Account } from '../model/account.ts'
import type { LaneRecorder } from '../model/lane.ts'
import type { Selector } from '../model/select.ts'
import { AccountWatch } from './account-watch.ts'
import type { WatchPace } from './account-watch.ts'
import { Bell } from './bell.ts'
import { ConnectionLimits } from './connection-limits.ts'
import type { Limits } from './connection-limits.ts'
import type { AccountResult } from './events.ts'
import { HostGates } from './host-gate.ts'
import { IdleSlots } from './idle-slots.ts'
import type { Clock, MailSource, MirrorStore } from './ports.ts'
import type { RunContext } from './run-context.ts'
import { sleptFor } from './watch-decisions.ts'
import type { OnWatchEvent, WatchEvent } from './watch-events.ts'
import { WatchRuns } from './watch-runs.ts'

export interface WatchRequest {
  /** Which mailboxes; empty: all that the config admits. */
  readonly selectors: readonly Selector[]
  readonly limits: Limits
  readonly pace: WatchPace
  /** As for a sync; asked at each full pass. */
  readonly leftOut: () => RunContext['leftOut']
}

export interface WatchPorts {
  readonly source: MailSource
  /** By path: of every account that is watched. Opened and closed by the caller. */
  readonly stores: ReadonlyMap<string, MirrorStore>
  readonly recorder: LaneRecorder
  readonly clock: Clock
  /** Milliseconds since 1970: to notice that the machine has slept, and for nothing else. */
  readonly nowMs: () => number
  /** Those of this machine. */
  readonly addresses: () => ReadonlySet<string>
  readonly onEvent: OnWatchEvent
  /** Fires to end the watch, within 2 s. */
  readonly signal: AbortSignal
}

/** How a watch ended: by its signal, or because no account can ever work as the config is. */
export interface WatchEnd {
  readonly reason: 'signal' | 'hopeless'
  /** The last full pass of each account, if one has ended. */
  readonly accounts: readonly AccountResult[]
}

interface Watched {
  readonly account: Account
  readonly watch: AccountWatch
  readonly end: AbortController
  readonly done: Promise<void>
}

/** Between two looks at the clocks and at the addresses of this machine. */
const lookEveryMs = 10_000

/** Keeps accounts current until its signal fires. */
export class Watch {
  readonly #request: WatchRequest
  readonly #ports: WatchPorts
  readonly #limits: ConnectionLimits
  readonly #hosts: HostGates
  readonly #idleSlots: IdleSlots
  readonly #watched = new Map<string, Watched>()
  readonly #runs = new Map<string, WatchRuns>()
  readonly #results = new Map<string, AccountResult>()
  readonly #parked = new Set<string>()
  readonly #end = new AbortController()
  readonly #over = Promise.withResolvers<WatchEnd['reason']>()
  #hasWorked = false
  #rolling: Promise<void> = Promise.resolve()

  constructor(request: WatchRequest, ports: WatchPorts) {
    this.#request = request
    this.#ports = ports
    this.#limits = new ConnectionLimits(request.limits)
    this.#hosts = new HostGates(ports.clock)
    this.#idleSlots = new IdleSlots(request.limits)
  }

  /** Once. Throws for bugs, and for a store that fails. */
  async run(accounts: readonly Account[]): Promise<WatchEnd> {
    const { signal, onEvent } = this.#ports
    const stop = (): void => this.#over.resolve('signal')
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    onEvent({ type: 'watch-started', accounts: accounts.map(({ name }) => name) })
    try {
      await this.#beginRuns(accounts)
      for (const account of accounts) this.#start(account)
      const around = Promise.all([this.#rollRuns(), this.#lookAround()])
      around.catch((error: unknown) => this.#over.reject(error))
      const reason = await this.#over.promise
      await this.#stopAll()
      return { reason, accounts: [...this.#results.values()] }
    } catch (error) {
      // What failed first is told; a store that fails has no room for how its run went.
      await this.#stopAll().catch(() => undefined)
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** Other accounts, or the same with other settings. Those that stay as they were go on undisturbed; those that wait for
   *  somebody to mend something try again. */
  async reload(accounts: readonly Account[]): Promise<void> {
    const wanted = new Map(accounts.map((account) => [account.name, account]))
    const before = new Map([...this.#watched].map(([name, { account }]) => [name, account]))
    const isSame = (name: string): boolean => JSON.stringify(before.get(name)) === JSON.stringify(wanted.get(name))
    const removed = [...before.keys()].filter((name) => !wanted.has(name))
    const added = [...wanted.keys()].filter((name) => !before.has(name))
    const changed = [...wanted.keys()].filter((name) => before.has(name) && !isSame(name))
    await Promise.all([...removed, ...changed].map((name) => this.#stop(name)))
    for (const name of removed) this.#results.delete(name)
    await this.#roll(accounts)
    for (const name of [...added, ...changed]) {
      const account = wanted.get(name)
      if (account !== undefined) this.#start(account)
    }
    for (const name of this.#parked) this.#watched.get(name)?.watch.wakeUp()
    this.#parked.clear()
    this.#ports.onEvent({ type: 'config-reloaded', added, removed, changed })
  }

  #start(account: Account): void {
    const { source, recorder, clock, nowMs, stores } = this.#ports
    const { selectors, pace, leftOut } = this.#request
    const store = stores.get(account.store)
    if (store === undefined) throw new Error(`the store ${account.store} was not opened`)
    const end = new AbortController()
    const watch = new AccountWatch({
      account,
      source,
      recorder,
      clock,
      nowMs,
      store,
      selectors,
      pace,
      leftOut,
      limits: this.#limits,
      hosts: this.#hosts,
      idleSlots: this.#idleSlots,
      full: false,
      acceptRemovals: false,
      signal: end.signal,
      onEvent: (event) => this.#onEvent(account, event),
      onPassEnded: (result, { isParked }) => this.#passEnded(result, isParked),
    })
    const done = watch.run()
    done.catch((error: unknown) => this.#over.reject(error))
    this.#watched.set(account.name, { account, watch, end, done })
  }

  #onEvent(account: Account, event: WatchEvent): void {
    if (event.type === 'mailbox-finished') this.#runs.get(account.store)?.mailboxFinished(account.name, event.mailbox)
    if (event.type === 'account-finished') this.#runs.get(account.store)?.accountFinished(event.account)
    this.#ports.onEvent(event)
  }

  #passEnded(result: AccountResult, isParked: boolean): void {
    this.#results.set(result.name, result)
    if (isParked) this.#parked.add(result.name)
    else this.#parked.delete(result.name)
    if (result.outcome === 'complete' || result.outcome === 'incomplete') this.#hasWorked = true
    if (!this.#hasWorked && this.#parked.size === this.#watched.size) this.#over.resolve('hopeless')
  }

  async #beginRuns(accounts: readonly Account[]): Promise<void> {
    const { stores, recorder } = this.#ports
    for (const [path, own] of Map.groupBy(accounts, ({ store }) => store)) {
      const store = stores.get(path)
      if (store === undefined) throw new Error(`the store ${path} was not opened`)
      const runs = this.#runs.get(path) ?? new WatchRuns(store, recorder)
      this.#runs.set(path, runs)
      await runs.begin(own.map(({ name }) => name))
    }
  }

  /** One run ends and the next begins. */
  #roll(accounts: readonly Account[]): Promise<void> {
    const before = this.#rolling
    this.#rolling = (async () => {
      await before
      for (const runs of this.#runs.values()) await runs.end(false)
      const wanted = new Set(accounts.map(({ store }) => store))
      for (const path of this.#runs.keys()) if (!wanted.has(path)) this.#runs.delete(path)
      await this.#beginRuns(accounts)
    })()
    return this.#rolling
  }

  async #rollRuns(): Promise<void> {
    const bell = new Bell(this.#ports.clock, this.#end.signal)
    for (;;) {
      await bell.wait(this.#request.pace.everyMs)
      if (this.#end.signal.aborted) return
      await this.#roll([...this.#watched.values()].map(({ account }) => account))
    }
  }

  /** F04, F05: the wall clock is looked at for this alone. */
  async #lookAround(): Promise<void> {
    const { clock, nowMs, addresses } = this.#ports
    const bell = new Bell(clock, this.#end.signal)
    for (;;) {
      const before = { wallMs: nowMs(), monotonicMs: clock.monotonicMs(), addresses: addresses() }
      await bell.wait(lookEveryMs)
      if (this.#end.signal.aborted) return
      const wallMs = nowMs() - before.wallMs
      const ms = sleptFor({ wallMs, monotonicMs: clock.monotonicMs() - before.monotonicMs, meantMs: lookEveryMs })
      if (ms > 0) this.#noteSleep(ms)
      else this.#compareAddresses(before.addresses, addresses())
    }
  }

  #noteSleep(ms: number): void {
    this.#ports.onEvent({ type: 'machine-slept', ms })
    // Who has been refused is not tried again for that.
    for (const [name, { watch }] of this.#watched) if (!this.#parked.has(name)) watch.wakeUp()
  }

  #compareAddresses(before: ReadonlySet<string>, now: ReadonlySet<string>): void {
    const [gone, come] = [without(before, now), without(now, before)]
    if (gone.size + come.size === 0) return
    this.#ports.onEvent({ type: 'network-changed', gone: [...gone], come: [...come] })
    for (const { watch } of this.#watched.values()) watch.networkChanged(gone)
  }

  async #stop(name: string): Promise<void> {
    const watched = this.#watched.get(name)
    if (watched === undefined) return
    this.#watched.delete(name)
    this.#parked.delete(name)
    watched.end.abort()
    await watched.done
  }

  /** All end, then their runs. */
  async #stopAll(): Promise<void> {
    this.#end.abort()
    for (const { end } of this.#watched.values()) end.abort()
    await Promise.allSettled([...this.#watched.values()].map(({ done }) => done))
    await this.#rolling.catch(() => undefined)
    for (const runs of this.#runs.values()) await runs.end(true)
  }
}

function without(all: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...all].filter((one) => !others.has(one)))
}
