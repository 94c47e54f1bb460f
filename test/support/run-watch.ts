import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Account } from '../../src/model/account.ts'
import { createLaneRecorder } from '../../src/profile/recorder.ts'
import { openMirrorStore } from '../../src/store/sqlite-mirror-store.ts'
import type { MailSource, MirrorStore } from '../../src/sync/ports.ts'
import { Watch } from '../../src/sync/watch.ts'
import type { WatchEnd } from '../../src/sync/watch.ts'
import type { WatchEvent } from '../../src/sync/watch-events.ts'
import { ManualClock } from './manual-clock.ts'
import { imapSource } from './run-sync.ts'

const threadUrl = pathToFileURL(fileURLToPath(new URL('../../dist/writer-thread.js', import.meta.url)))

export interface RunWatchOptions {
  readonly accounts: readonly Account[]
  readonly storePath: string
  readonly source?: MailSource
  readonly limits?: { readonly connections: number; readonly connectionsPerHost: number }
  readonly everyMs?: number
}

type EventOf<Type extends WatchEvent['type']> = Extract<WatchEvent, { type: Type }>

/** The real engine over real IMAP and a real store, by a clock that the test moves. */
export class RunningWatch implements AsyncDisposable {
  /** Back-off takes no time. */
  readonly clock = new ManualClock(9000)
  readonly events: WatchEvent[] = []
  /** Those of this machine, as the watch sees them. */
  addresses: ReadonlySet<string> = new Set(['127.0.0.1', '192.0.2.1'])
  readonly watch: Watch
  readonly ended: Promise<WatchEnd>
  readonly #store: MirrorStore
  readonly #end = new AbortController()
  #news = Promise.withResolvers<void>()
  #read = 0

  private constructor(store: MirrorStore, options: RunWatchOptions) {
    this.#store = store
    const { limits = { connections: 8, connectionsPerHost: 8 }, everyMs = 15 * 60_000 } = options
    this.watch = new Watch(
      { selectors: [], limits, pace: { everyMs, pollMs: 60_000 }, leftOut: () => () => undefined },
      {
        source: options.source ?? imapSource(),
        stores: new Map([[options.storePath, store]]),
        recorder: createLaneRecorder(() => Math.round(performance.now() * 1000)),
        clock: this.clock,
        nowMs: () => this.clock.wallMs,
        addresses: () => this.addresses,
        onEvent: (event) => {
          this.events.push(event)
          this.#news.resolve()
          this.#news = Promise.withResolvers()
        },
        signal: this.#end.signal,
      },
    )
    this.ended = this.watch.run(options.accounts.map((account) => ({ ...account, store: options.storePath })))
    this.ended.catch(() => this.#news.resolve())
  }

  static async start(options: RunWatchOptions): Promise<RunningWatch> {
    const { storePath: path } = options
    const store = await openMirrorStore({ path, allowNetwork: true, version: '0.0.0', threadUrl })
    return new RunningWatch(store, options)
  }

  /** The next event of that type, after the one that was found last. */
  async next<Type extends WatchEvent['type']>(
    type: Type,
    isMeant: (event: EventOf<Type>) => boolean = () => true,
  ): Promise<EventOf<Type>> {
    for (;;) {
      while (this.#read < this.events.length) {
        const event = this.events[this.#read++]
        if (event !== undefined && isOfType(event, type) && isMeant(event)) return event
      }
      await this.#news.promise
    }
  }

  /** The first full pass of an account has ended. */
  async mirrored(): Promise<EventOf<'account-finished'>['account']> {
    return (await this.next('account-finished')).account
  }

  /** Waits in a mailbox: it has been told, before or from now on. */
  async listening(mailbox = 'INBOX'): Promise<void> {
    const isMeant = (event: WatchEvent): boolean =>
      event.type === 'account-state' && event.state === 'listening' && event.mailbox === mailbox
    while (!this.events.some(isMeant)) await this.#news.promise
  }

  /** A pass of the mailbox has ended that found something. */
  async passOf(mailbox: string): Promise<EventOf<'mailbox-finished'>['mailbox']> {
    const found = await this.next('mailbox-finished', (event) => {
      const { path, newMessages, flagChanges, removed } = event.mailbox
      return path === mailbox && newMessages + flagChanges + removed > 0
    })
    return found.mailbox
  }

  async stop(): Promise<WatchEnd> {
    this.#end.abort()
    return this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort()
    await this.ended.catch(() => undefined)
    await this.#store.close()
  }
}

function isOfType<Type extends WatchEvent['type']>(event: WatchEvent, type: Type): event is EventOf<Type> {
  return event.type === type
}
