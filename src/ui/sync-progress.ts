import type { SyncEvent } from '../sync/events.ts'

/** How far a mailbox has come. */
export interface MailboxProgress {
  /** Messages whose octets will be fetched: first an estimate, then what the listing says. */
  readonly expected: number
  readonly fetched: number
  readonly isFinished: boolean
}

/** An open connection and what it works on. */
export interface ConnectionProgress {
  readonly account: string
  readonly connection: number
  readonly mailbox: string | undefined
}

export interface Waiting {
  readonly account: string
  readonly message: string
  readonly untilMs: number
}

interface Sample {
  readonly atMs: number
  readonly messages: number
  readonly octets: number
}

/** All that the progress display shows, folded from the events of a run. Times are of the monotonic clock. */
export interface SyncProgress {
  readonly startedMs: number
  readonly mailboxes: ReadonlyMap<string, MailboxProgress>
  readonly connections: ReadonlyMap<string, ConnectionProgress>
  readonly waiting: ReadonlyMap<string, Waiting>
  readonly expectedMessages: number
  readonly messages: number
  readonly octets: number
  readonly failed: number
  readonly finishedMailboxes: number
  /** Messages made searchable, by store. */
  readonly indexed: ReadonlyMap<string, { readonly indexed: number; readonly total: number }>
  /** The last moments, for the rate. */
  readonly samples: readonly Sample[]
}

const rateWindowMs = 20_000
const shortestRateMs = 1000
const mostSamples = 100

export function startOfSync(nowMs: number): SyncProgress {
  return {
    startedMs: nowMs,
    mailboxes: new Map(),
    connections: new Map(),
    waiting: new Map(),
    indexed: new Map(),
    expectedMessages: 0,
    messages: 0,
    octets: 0,
    failed: 0,
    finishedMailboxes: 0,
    samples: [{ atMs: nowMs, messages: 0, octets: 0 }],
  }
}

/** Takes in what has happened since the last time. Many events at once, so that the maps are copied once per redraw. */
export function reduce(state: SyncProgress, events: readonly SyncEvent[], nowMs: number): SyncProgress {
  const draft = new Draft(state)
  for (const event of events) draft.take(event, nowMs)
  return draft.finish(nowMs)
}

export function mailboxKey(account: string, mailbox: string): string {
  return `${account}\0${mailbox}`
}

/** Octets and messages a second over the last moments; undefined before anything has come. */
export function rateOf({ samples }: SyncProgress): { readonly octets: number; readonly messages: number } | undefined {
  const first = samples[0]
  const last = samples.at(-1)
  if (first === undefined || last === undefined || last.messages === first.messages) return undefined
  // The first answers say nothing about the rest.
  if (last.atMs - first.atMs < shortestRateMs) return undefined
  const seconds = (last.atMs - first.atMs) / 1000
  return { octets: (last.octets - first.octets) / seconds, messages: (last.messages - first.messages) / seconds }
}

/** A private copy of a state while events are folded into it. */
class Draft {
  readonly #before: SyncProgress
  readonly #mailboxes: Map<string, MailboxProgress>
  readonly #connections: Map<string, ConnectionProgress>
  readonly #waiting: Map<string, Waiting>
  readonly #indexed: Map<string, { readonly indexed: number; readonly total: number }>
  #expectedMessages: number
  #messages: number
  #octets: number
  #failed: number
  #finishedMailboxes: number

  constructor(state: SyncProgress) {
    this.#before = state
    this.#mailboxes = new Map(state.mailboxes)
    this.#connections = new Map(state.connections)
    this.#waiting = new Map(state.waiting)
    this.#indexed = new Map(state.indexed)
    this.#expectedMessages = state.expectedMessages
    this.#messages = state.messages
    this.#octets = state.octets
    this.#failed = state.failed
    this.#finishedMailboxes = state.finishedMailboxes
  }

  take(event: SyncEvent, nowMs: number): void {
    if (event.type === 'batch-committed') this.#commit(event)
    else if (event.type === 'message-failed') this.#failed++
    else if (event.type === 'index-progressed') this.#indexed.set(event.store, event)
    else if (event.type === 'retry-scheduled') this.#wait(event, nowMs)
    else if (!this.#takeMailbox(event)) this.#takeConnection(event)
  }

  finish(nowMs: number): SyncProgress {
    const sample = { atMs: nowMs, messages: this.#messages, octets: this.#octets }
    for (const [account, { untilMs }] of this.#waiting) if (untilMs <= nowMs) this.#waiting.delete(account)
    return {
      startedMs: this.#before.startedMs,
      mailboxes: this.#mailboxes,
      connections: this.#connections,
      waiting: this.#waiting,
      indexed: this.#indexed,
      expectedMessages: this.#expectedMessages,
      messages: this.#messages,
      octets: this.#octets,
      failed: this.#failed,
      finishedMailboxes: this.#finishedMailboxes,
      samples: appendSample(this.#before.samples, sample),
    }
  }

  /** Returns whether the event was about a mailbox's pass. */
  #takeMailbox(event: SyncEvent): boolean {
    if (event.type === 'mailbox-planned') {
      this.#update(event.account, event.mailbox, { expected: event.expectedMessages })
    } else if (event.type === 'mailbox-listed') {
      this.#update(event.account, event.mailbox, { expected: event.toFetch })
    } else if (event.type === 'mailbox-finished') this.#finishMailbox(event.account, event.mailbox.path)
    else if (event.type === 'mailbox-failed') this.#finishMailbox(event.account, event.mailbox)
    else return false
    return true
  }

  #takeConnection(event: SyncEvent): void {
    if (event.type === 'connection-opened') {
      this.#waiting.delete(event.account)
      this.#work(event.account, event.connection, undefined)
    } else if (event.type === 'connection-closed') {
      this.#connections.delete(connectionKey(event.account, event.connection))
    } else if (event.type === 'mailbox-started' || event.type === 'batch-started') {
      this.#work(event.account, event.connection, event.mailbox)
    } else if (event.type === 'account-finished') this.#finishAccount(event.account.name)
  }

  #finishAccount(name: string): void {
    this.#waiting.delete(name)
    for (const [key, { account }] of this.#connections) if (account === name) this.#connections.delete(key)
  }

  #wait({ account, message, delayMs }: Extract<SyncEvent, { type: 'retry-scheduled' }>, nowMs: number): void {
    this.#waiting.set(account, { account, message, untilMs: nowMs + delayMs })
  }

  #work(account: string, connection: number, mailbox: string | undefined): void {
    this.#connections.set(connectionKey(account, connection), { account, connection, mailbox })
  }

  #commit(event: Extract<SyncEvent, { type: 'batch-committed' }>): void {
    this.#messages += event.messages
    this.#octets += event.octets
    const { fetched } = this.#mailbox(event.account, event.mailbox)
    this.#update(event.account, event.mailbox, { fetched: fetched + event.messages })
    this.#work(event.account, event.connection, event.mailbox)
  }

  /** What a finished mailbox was expected to bring is known now: what it brought. */
  #finishMailbox(account: string, path: string): void {
    const { fetched, isFinished } = this.#mailbox(account, path)
    if (!isFinished) this.#finishedMailboxes++
    this.#update(account, path, { expected: fetched, isFinished: true })
  }

  #mailbox(account: string, path: string): MailboxProgress {
    return this.#mailboxes.get(mailboxKey(account, path)) ?? { expected: 0, fetched: 0, isFinished: false }
  }

  #update(account: string, path: string, change: Partial<MailboxProgress>): void {
    const before = this.#mailbox(account, path)
    const after = { ...before, ...change }
    this.#expectedMessages += after.expected - before.expected
    this.#mailboxes.set(mailboxKey(account, path), after)
  }
}

function connectionKey(account: string, connection: number): string {
  return `${account}\0${connection}`
}

function appendSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1)
  const rest = samples.filter(({ atMs }) => atMs >= sample.atMs - rateWindowMs)
  // A tenth of a second apart is enough: the display is not redrawn more often.
  if (last !== undefined && rest.length > 1 && sample.atMs - last.atMs < 100) return [...rest.slice(0, -1), sample]
  return [...rest, sample].slice(-mostSamples * 2)
}
