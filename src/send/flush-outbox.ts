import type { Account } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { OnSendEvent } from './events.ts'
import { wireForm } from './header.ts'
import type { Outbox, OutboxEntry } from './outbox.ts'
import type { SentMailboxes, SubmitConnection, SubmitOutcome, SubmitServer } from './ports.ts'
import { fileCopies } from './file-copies.ts'
import { settleAttempt, waitingOf } from './settle-attempt.ts'

export interface FlushOptions {
  readonly outbox: Outbox
  /** Those whose messages lie in this outbox and may be sent. */
  readonly accounts: readonly Account[]
  readonly server: SubmitServer
  readonly sentMailboxes: SentMailboxes
  /** Whether the provider at this host files what is sent by itself. */
  readonly keepsSentCopies: (host: string) => boolean
  readonly nowMs: () => number
  /** Rejects with INTERRUPTED when the signal fires. */
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
  /** For how long a server that wants to be asked later is waited for without anything having been sent; milliseconds. */
  readonly patienceMs: number
  /** No entries after this one; undefined: all that are due. */
  readonly lastId?: number | undefined
  readonly onEvent: OnSendEvent
}

const firstPauseMs = 1000
const longestPauseMs = 60_000
/** So often in a row the connection is lost with the same message before others go first. */
const mostLost = 3

/** Sends what is due, in the order in which it was queued, accounts side by side; then files copies, and looks for what became of messages whose
 *  outcome is unknown. One process at a time does this for a store: another one leaves it to that (`outbox-busy`). Never throws for what servers
 *  do: that is told by events and stands in the outbox. Throws STORE_* and INTERRUPTED. */
export async function flushOutbox(options: FlushOptions): Promise<void> {
  const { outbox, accounts, onEvent, nowMs } = options
  using lock = await outbox.lockSending()
  if (lock === undefined) {
    onEvent({ type: 'outbox-busy' })
    return
  }
  for (const id of await outbox.abandonSending(nowMs())) {
    const [entry] = await outbox.entries({ id })
    if (entry !== undefined) onEvent({ type: 'message-abandoned', entry })
  }
  const ended = await Promise.allSettled(accounts.map((account) => new AccountFlush(account, options).run()))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
}

/** One account's turn. */
class AccountFlush {
  readonly #account: Account
  readonly #options: FlushOptions
  #connection: SubmitConnection | undefined
  /** Since something was last sent. */
  #pausedMs = 0
  #pauses = 0
  #lost: { readonly id: number; readonly times: number } | undefined

  constructor(account: Account, options: FlushOptions) {
    this.#account = account
    this.#options = options
  }

  async run(): Promise<void> {
    try {
      for (let entry = await this.#next(); entry !== undefined; entry = await this.#next()) {
        const goesOn = await this.#sendOne(entry)
        if (!goesOn) break
      }
    } finally {
      await this.#connection?.close()
    }
    await fileCopies(this.#account, this.#options)
  }

  async #next(): Promise<OutboxEntry | undefined> {
    const { outbox, signal, nowMs, lastId = Infinity } = this.#options
    signal.throwIfAborted()
    const queued = await outbox.entries({ account: this.#account.name, states: ['queued'] })
    return queued.find(({ id, nextTryMs }) => id <= lastId && (nextTryMs ?? 0) <= nowMs())
  }

  /** False: nothing more is to be sent for the account now. */
  async #sendOne(entry: OutboxEntry): Promise<boolean> {
    const { outbox, nowMs, onEvent } = this.#options
    let outcome: SubmitOutcome
    try {
      outcome = await this.#submit(entry)
    } catch (error) {
      return this.#stop(error)
    }
    if (outcome.kind === 'lost' && outcome.reason === cancelled) return true
    await outbox.settle(entry.id, this.#settled(entry, outcome), nowMs())
    const [after] = await outbox.entries({ id: entry.id })
    if (after !== undefined) onEvent({ type: 'message-submitted', entry: after })
    return this.#goesOn(outcome)
  }

  #settled(entry: OutboxEntry, outcome: SubmitOutcome): ReturnType<typeof settleAttempt> {
    const settled = settleAttempt(entry, outcome, this.#options.nowMs())
    if (outcome.kind !== 'lost' || settled.state !== 'queued') {
      this.#lost = undefined
      return settled
    }
    const times = this.#lost?.id === entry.id ? this.#lost.times + 1 : 1
    this.#lost = { id: entry.id, times }
    // It may be the message itself that the server cannot bear: others go first now.
    return times < mostLost ? settled : { ...settled, nextTryMs: this.#options.nowMs() + longestPauseMs * mostLost }
  }

  async #submit(entry: OutboxEntry): Promise<SubmitOutcome> {
    const { outbox, nowMs, signal } = this.#options
    const octets = wireForm(await outbox.octets(entry.id))
    const connection = await this.#connected()
    const refusal = refusalOf(entry, octets, connection)
    if (refusal !== undefined) return refusal
    const end = { isCancelled: false }
    const outcome = await connection.submit(
      {
        envelope: { from: entry.from, to: waitingOf(entry) },
        octets,
        beforeEnd: async () => {
          end.isCancelled = !(await outbox.beginSending(entry.id, nowMs()))
          return !end.isCancelled
        },
      },
      signal,
    )
    return end.isCancelled ? { kind: 'lost', mayBeTaken: false, reason: cancelled } : outcome
  }

  async #connected(): Promise<SubmitConnection> {
    if (this.#connection?.usable === true) return this.#connection
    await this.#connection?.close()
    this.#connection = undefined
    this.#connection = await this.#options.server.connect(this.#account, this.#options.signal)
    return this.#connection
  }

  /** Of what ended before anything was submitted. */
  async #stop(error: unknown): Promise<boolean> {
    const { signal, onEvent } = this.#options
    if (!(error instanceof AppError) || error.code.startsWith('STORE_') || signal.aborted) throw error
    if (error.code === 'THROTTLED' && (await this.#pause(error.message, error.retryAfterMs))) return true
    onEvent({ type: 'account-stopped', account: this.#account.name, error })
    return false
  }

  async #goesOn(outcome: SubmitOutcome): Promise<boolean> {
    if (outcome.kind === 'lost' && !outcome.mayBeTaken) return this.#tryAgain('CONNECTION_LOST', outcome.reason)
    if (outcome.kind === 'refused' && outcome.isTemporary && outcome.concernsAccount)
      return this.#tryAgain('THROTTLED', outcome.reply)
    this.#pausedMs = 0
    this.#pauses = 0
    return true
  }

  async #tryAgain(code: 'CONNECTION_LOST' | 'THROTTLED', reason: string): Promise<boolean> {
    if (await this.#pause(reason, undefined)) return true
    const error = new AppError({
      code,
      message: `could not go on sending for account ${this.#account.name}: ${reason}`,
    })
    this.#options.onEvent({ type: 'account-stopped', account: this.#account.name, error })
    return false
  }

  /** False: it would take longer than is waited. */
  async #pause(reason: string, askedMs: number | undefined): Promise<boolean> {
    const { delay, signal, patienceMs, onEvent } = this.#options
    const waitMs = askedMs ?? Math.min(firstPauseMs * 2 ** this.#pauses, longestPauseMs)
    if (this.#pausedMs + waitMs > patienceMs) return false
    this.#pausedMs += waitMs
    this.#pauses++
    // Nobody waits with a connection in hand.
    await this.#connection?.close()
    this.#connection = undefined
    onEvent({ type: 'account-paused', account: this.#account.name, waitMs, reason })
    await delay(waitMs, signal)
    return true
  }
}

const cancelled = 'it was cancelled meanwhile'

/** What need not be tried. */
function refusalOf(
  entry: OutboxEntry,
  octets: Buffer,
  { maxOctets, takesUtf8, takesEightBits }: SubmitConnection,
): SubmitOutcome | undefined {
  if (maxOctets !== undefined && octets.length > maxOctets)
    return refused(`the message has ${octets.length} octets, and the server takes no more than ${maxOctets}`)
  // What it would make of them nobody knows: some clear the eighth bit, and to encode them here would change what was signed.
  if (!takesEightBits && octets.some((octet) => octet > 127))
    return refused('the message has octets beyond ASCII, and the server takes none (8BITMIME, RFC 6152)')
  const needsUtf8 = [entry.from, ...waitingOf(entry)].some((address) =>
    /[^\0-\u007f]/.test(address.replace(/@[^@]*$/, '')),
  )
  return needsUtf8 && !takesUtf8
    ? refused('the server takes no addresses beyond ASCII (SMTPUTF8, RFC 6531)')
    : undefined
}

function refused(reply: string): SubmitOutcome {
  return { kind: 'refused', isTemporary: false, concernsAccount: false, reply, recipients: [] }
}
