import { AppError } from '../model/errors.ts'
import type { ListedMailbox, MailboxStatus } from '../model/mailbox.ts'
import { AccountConnections } from './account-connections.ts'
import type { AccountWatch } from './account-watch.ts'
import { Bell } from './bell.ts'
import { toReportedError } from './events.ts'
import { HintCredit, restMs } from './hint-credit.ts'
import { KeptConnection } from './kept-connection.ts'
import { PollSchedule } from './poll-schedule.ts'
import type { ChangeHint } from './ports.ts'
import { quickPass, wouldBeMuch } from './quick-pass.ts'
import type { QuickOutcome } from './quick-pass.ts'
import { SeenStatuses } from './seen-statuses.ts'
import type { Told } from './seen-statuses.ts'
import { isStoreTrouble } from './store-trouble.ts'
import { isParking, looksChanged, waitAfterFailures } from './watch-decisions.ts'
import type { WatchEvent } from './watch-events.ts'

/** IDLE is issued anew before servers and NATs forget it (F03). */
const cycleMs = 9 * 60_000
const longestPollMs = 10 * 60_000
const pollsPerMinute = 30
/** Everything at once, by LIST with STATUS. */
const all = ''

type Alone = <T>(work: () => Promise<T>) => Promise<T>

/** One connection of a watch: it waits in its home mailbox, and looks at what changes. The first of an account also asks for all
 *  mailboxes that nobody tells of. Where there is no slot in which to wait, it connects now and then. */
export class MailboxListener {
  readonly #watch: AccountWatch
  readonly #index: number
  readonly #bell: Bell
  readonly #polls: PollSchedule
  readonly #seen = new SeenStatuses()
  #closed: Promise<void> = Promise.resolve()
  #kept: KeptConnection | undefined
  #alone: Alone
  #examined: string | undefined
  #failures = 0
  #isPollAsked = false
  /** On the present connection. */
  #hasListened = false
  /** What was told last of what it does. */
  #told = ''
  readonly #credit = new HintCredit()

  constructor(watch: AccountWatch, index: number) {
    const { clock, signal, pace } = watch.parts
    this.#watch = watch
    this.#index = index
    this.#bell = index === 0 ? watch.mainBell : new Bell(clock, signal)
    this.#polls = new PollSchedule({
      shortestMs: pace.pollMs,
      longestMs: Math.max(pace.pollMs, longestPollMs),
      perMinute: pollsPerMinute,
    })
    this.#alone = (work) => watch.alone(work)
  }

  ring(): void {
    this.#bell.ring()
  }

  /** What STATUS said before a full pass says nothing any more. */
  lookAround(): void {
    this.#seen.clear()
    this.#isPollAsked = true
    this.ring()
  }

  /** A connection from an address that this machine has no more hears nothing, and would not know for minutes. Who waits to
   *  try again tries at once. */
  networkChanged(gone: ReadonlySet<string>): void {
    const { localAddress } = this.#kept ?? {}
    if (localAddress !== undefined && gone.has(localAddress)) void this.#kept?.close()
    else if (this.#failures > 0) this.ring()
  }

  untilClosed(): Promise<void> {
    return this.#closed
  }

  /** Until the watch ends. Throws what the store threw, and bugs. */
  async run(): Promise<void> {
    const { signal } = this.#watch.parts
    const ended = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => ended.resolve(), { once: true })
    await Promise.race([this.#watch.untilListed(), ended.promise])
    while (!signal.aborted) {
      const home = this.#watch.homeOf(this.#index)
      const waitMs = home === undefined || this.#watch.standsDown() ? longestPollMs : await this.#visit(home)
      await this.#bell.wait(waitMs)
    }
  }

  /** Returns how long to wait before the next one. */
  async #visit(home: ListedMailbox): Promise<number> {
    const { parts, isDeaf } = this.#watch
    const slot = isDeaf ? undefined : parts.idleSlots.take(parts.account.imap.host)
    // A connection that only looks in is for the first listener.
    if (slot === undefined && this.#index > 0) return longestPollMs
    const gate = Promise.withResolvers<void>()
    this.#closed = gate.promise
    try {
      if (slot !== undefined) return await this.#connected(home, true)
      return await this.#watch.alone(() => this.#connected(home, false))
    } finally {
      slot?.()
      gate.resolve()
    }
  }

  async #connected(home: ListedMailbox, stays: boolean): Promise<number> {
    const { parts, session } = this.#watch
    this.#alone = stays ? (work) => this.#watch.alone(work) : (work) => work()
    try {
      await this.#follow(home, stays)
      this.#failures = 0
      return stays && !this.#watch.isDeaf ? 0 : this.#polls.waitMs(parts.clock.monotonicMs())
    } catch (error) {
      if (!(error instanceof AppError) || isStoreTrouble(error)) throw error
      if (session.aborted) return 0
      this.#failures++
      const waitMs = waitAfterFailures(this.#failures, parts.clock.random())
      this.#tell({ state: 'waiting', waitMs: Math.round(waitMs), error: toReportedError(error) })
      if (!isParking(error.code)) return waitMs
      // The full pass's affair, which asks no more than once in an hour.
      this.#watch.askFullPass()
      return longestPollMs
    } finally {
      this.#watch.homes.delete(home.wirePath)
    }
  }

  /** Once for the same. */
  #tell(state: Omit<Extract<WatchEvent, { type: 'account-state' }>, 'type' | 'account'>): void {
    const key = `${state.state} ${state.mailbox ?? ''}`
    if (key === this.#told) return
    this.#told = key
    const { onEvent, account } = this.#watch.parts
    onEvent({ type: 'account-state', account: account.name, ...state })
  }

  async #follow(home: ListedMailbox, mayStay: boolean): Promise<void> {
    const watch = this.#watch
    const { session } = watch
    const { kept, connections } = await this.#connect(session)
    if (!kept.connection.capabilities.has('IDLE')) watch.isDeaf = true
    const means = { kept, connections, home, stays: mayStay && !watch.isDeaf }
    if (means.stays) watch.homes.add(home.wirePath)
    let isLost = false
    try {
      if (this.#index === 0) await this.#poll(means)
      await this.#work(means)
      isLost = !kept.isUsable()
    } finally {
      this.#kept = undefined
      await kept.close()
    }
    // It was lost in a pass: what that was about is a full pass's affair now.
    if (isLost && means.stays && !session.aborted && !this.#hasListened) throw lost(watch.name)
  }

  async #connect(session: AbortSignal): Promise<Pick<Means, 'kept' | 'connections'>> {
    const context = this.#context(session)
    const connections = new AccountConnections(context, {
      connections: 1,
      onLowered: (count) => context.store.noteHistory(context.account.name, { connections: count + 1 }),
    })
    const kept = new KeptConnection(await connections.open(), session)
    this.#examined = undefined
    this.#hasListened = false
    this.#kept = kept
    return { kept, connections }
  }

  /** Looks at what changes, and waits for it, as long as the connection lasts and is to stay. */
  async #work(means: Means): Promise<void> {
    const mayGoOn = (): boolean => means.kept.isUsable() && !this.#watch.standsDown()
    while (mayGoOn()) {
      await this.#look(means)
      if (!means.stays || !mayGoOn()) return
      if (this.#isPollDue) await this.#poll(means)
      else await this.#listen(means)
      if (this.#watch.homeOf(this.#index)?.wirePath !== means.home.wirePath) return
    }
  }

  get #isPollDue(): boolean {
    if (this.#index > 0) return false
    return this.#isPollAsked || this.#polls.waitMs(this.#watch.parts.clock.monotonicMs()) <= 0
  }

  /** All that is to be looked at and nobody else's. */
  async #look(means: Means): Promise<void> {
    const { dirty, known, homes } = this.#watch
    for (const wirePath of Array.from(dirty)) {
      const isOwn = wirePath === means.home.wirePath
      const isMine = isOwn || (this.#index === 0 && !homes.has(wirePath))
      if (!isMine || !means.kept.isUsable()) continue
      const mailbox = known.get(wirePath)
      if (mailbox === undefined) dirty.delete(wirePath)
      else await this.#lookAt(mailbox, means)
    }
  }

  async #lookAt(mailbox: ListedMailbox, means: Means): Promise<QuickOutcome> {
    const { dirty, claims } = this.#watch
    if (!claims.isFree(mailbox.wirePath)) return 'busy'
    // What changes from now on makes it dirty again.
    dirty.delete(mailbox.wirePath)
    const outcome = await this.#alone(() => this.#quickPass(mailbox, means))
    if (outcome === 'busy') dirty.add(mailbox.wirePath)
    if (outcome === 'left') this.#watch.askFullPass()
    return outcome
  }

  async #quickPass(mailbox: ListedMailbox, { kept, connections }: Means): Promise<QuickOutcome> {
    // It may be gone since it was noted.
    if (!this.#watch.known.has(mailbox.wirePath) || !kept.isUsable()) return 'busy'
    this.#examined = undefined
    const { recorder, account } = this.#watch.parts
    const parts = { context: this.#context(kept.lost), connections, kept, onResult: () => undefined }
    const outcome = await recorder.forAccount(account.name, () => quickPass(mailbox, parts))
    if (outcome === 'done' && kept.isUsable()) this.#examined = mailbox.wirePath
    return outcome
  }

  /** Waits in the home mailbox. */
  async #listen(means: Means): Promise<void> {
    const { kept, home } = means
    const watch = this.#watch
    const { clock } = watch.parts
    if (this.#examined !== home.wirePath) await this.#enter(means)
    if (!kept.isUsable() || (watch.dirty.has(home.wirePath) && watch.claims.isFree(home.wirePath))) return
    const startedMs = clock.monotonicMs()
    const { told, isDeaf } = await this.#hear(means, this.#longestWaitMs(startedMs))
    if (isDeaf) {
      watch.isDeaf = true
      return kept.close()
    }
    await this.#noteChanges(told, means, 'NOTIFY')
    if (clock.monotonicMs() - startedMs >= cycleMs) await this.#checkHome(means)
  }

  #longestWaitMs(nowMs: number): number {
    const pollMs = this.#index === 0 ? this.#polls.waitMs(nowMs) : Infinity
    this.#credit.earn(nowMs)
    return Math.min(cycleMs, pollMs, this.#credit.isSpent ? restMs : Infinity)
  }

  /** IDLE, until something is told or the wait is over. `isDeaf`: the server will have none of it. */
  async #hear(means: Means, waitMs: number): Promise<{ readonly told: readonly Told[]; readonly isDeaf: boolean }> {
    const { kept, home } = means
    const ofAll = this.#isToldOfAll(means)
    this.#tell({ state: 'listening', mailbox: home.path, by: ofAll ? 'NOTIFY' : 'IDLE' })
    const told: Told[] = []
    const progress = { hints: 0, isRung: false, isOver: false }
    const wait = this.#bell.begin(waitMs)
    const onHint = (hint: ChangeHint): void => {
      progress.hints++
      if (hint.kind === 'status') told.push(hint)
      else this.#watch.noteChange(home.wirePath, 'IDLE')
      if (progress.isRung || !this.#isWorthLooking(hint)) return
      progress.isRung = true
      this.#credit.spend()
      this.#bell.ring()
    }
    const untilOver = async (): Promise<void> => {
      await wait.over
      progress.isOver = true
    }
    try {
      await kept.connection.listen({ until: untilOver(), ofAll, onHint })
      this.#failures = 0
      this.#hasListened = true
      return { told, isDeaf: !progress.isOver && progress.hints === 0 }
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'COMMAND_REJECTED') throw error
      return { told, isDeaf: true }
    } finally {
      wait.giveUp()
    }
  }

  /** At once: not while the mailbox is somebody else's, nor for a server that always has something. */
  #isWorthLooking(hint: ChangeHint): boolean {
    if (this.#credit.isSpent) return false
    if (hint.kind === 'status') return this.#watch.known.has(hint.wirePath) && this.#seen.isNews(hint)
    return this.#examined !== undefined && this.#watch.claims.isFree(this.#examined)
  }

  #isToldOfAll({ kept }: Means): boolean {
    return this.#index === 0 && kept.connection.capabilities.has('NOTIFY')
  }

  /** A pass, so that nothing is missed that came before; where that is not to be had, the mailbox is examined only. */
  async #enter({ home, kept, ...rest }: Means): Promise<void> {
    const outcome = await this.#lookAt(home, { home, kept, ...rest })
    if (outcome === 'done' || !kept.isUsable()) return
    // What has come since the other pass saw it is in the mailbox already: nobody is going to tell of it.
    if (outcome === 'busy') this.#watch.dirty.add(home.wirePath)
    await kept.connection.examine(home.wirePath)
    this.#examined = home.wirePath
  }

  /** F03: what IDLE did not tell. */
  async #checkHome(means: Means): Promise<void> {
    const { wirePath } = means.home
    const status = await means.kept.connection.status(wirePath)
    await this.#noteChanges([{ wirePath, status }], means, 'STATUS')
  }

  async #poll(means: Means): Promise<void> {
    const { parts, known } = this.#watch
    const { connection } = means.kept
    const isAtOnce = connection.capabilities.has('LIST-STATUS')
    const nowMs = parts.clock.monotonicMs()
    if (!means.stays) this.#tell({ state: 'polling' })
    if (this.#isPollAsked) this.#polls.follow([], nowMs)
    this.#isPollAsked = false
    this.#polls.follow(isAtOnce ? [all] : known.keys(), nowMs)
    this.#seen.keep(known)
    if (isAtOnce) {
      const told = await this.#listAll(means)
      const changed = await this.#noteChanges(told, means, 'STATUS')
      this.#polls.asked(all, changed > 0, nowMs)
      return
    }
    for (const wirePath of this.#polls.due(nowMs)) {
      const status = await this.#statusOf(wirePath, means)
      const changed = status === undefined ? 0 : await this.#noteChanges([{ wirePath, status }], means, 'STATUS')
      this.#polls.asked(wirePath, changed > 0, nowMs)
    }
  }

  async #listAll({ kept }: Means): Promise<readonly Told[]> {
    const { known } = this.#watch
    const listed = await kept.connection.listMailboxes()
    const chosen = this.#watch.choose(listed)
    this.#watch.noteNames(chosen.map(({ wirePath }) => wirePath))
    return chosen.flatMap(({ wirePath, status }) =>
      status === undefined || !known.has(wirePath) ? [] : [{ wirePath, status }],
    )
  }

  /** undefined: the server refuses it, perhaps because it is gone. */
  async #statusOf(wirePath: string, { kept }: Means): Promise<MailboxStatus | undefined> {
    try {
      return await kept.connection.status(wirePath)
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'COMMAND_REJECTED') throw error
      this.#watch.askFullPass()
      return undefined
    }
  }

  /** Those whose STATUS is another than the mirror's are to be looked at. Returns how many. */
  async #noteChanges(told: readonly Told[], { kept }: Means, by: 'NOTIFY' | 'STATUS'): Promise<number> {
    const { known, parts } = this.#watch
    const news = told.filter((one) => known.has(one.wirePath) && this.#seen.isNews(one))
    if (news.length === 0) return 0
    for (const one of news) this.#seen.note(one)
    const latest = new Map(news.map(({ wirePath, status }) => [wirePath, status]))
    const { listed } = await this.#alone(async () => {
      const boxes = [...latest.keys()].flatMap((wirePath) => this.#watch.known.get(wirePath) ?? [])
      return parts.store.recordMailboxes(parts.account.name, boxes)
    })
    let changed = 0
    for (const { wirePath, epoch } of listed) {
      const status = latest.get(wirePath)
      if (status === undefined || !looksChanged(epoch, status)) continue
      changed++
      if (wouldBeMuch(epoch, status, kept.connection.capabilities)) this.#watch.askFullPass()
      else this.#watch.noteChange(wirePath, by)
    }
    return changed
  }

  #context(signal: AbortSignal) {
    const { parts } = this.#watch
    const beside = this.#watch.beside(0)
    return { ...parts, deadlineMs: undefined, leftOut: parts.leftOut(), beside, signal }
  }
}

interface Means {
  readonly kept: KeptConnection
  readonly connections: AccountConnections
  readonly home: ListedMailbox
  readonly stays: boolean
}

function lost(account: string): AppError {
  return new AppError({
    code: 'CONNECTION_LOST',
    message: `could not follow account ${account}: the connection was lost`,
  })
}
