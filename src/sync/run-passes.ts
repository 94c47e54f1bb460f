import { AppError, messageOf } from '../model/errors.ts'
import { emptyUidSet } from '../model/uid-set.ts'
import type { AccountConnections, OpenConnection } from './account-connections.ts'
import { beginPass } from './begin-pass.ts'
import type { MailboxResult } from './events.ts'
import { toReportedError } from './events.ts'
import { fetchUids } from './fetch-batch.ts'
import { FetchQueue } from './fetch-queue.ts'
import { confirmRemovals, finishPass, needsSecondListing } from './finish-pass.ts'
import { toResult } from './mailbox-pass.ts'
import type { MailboxPass } from './mailbox-pass.ts'
import { PassScheduler } from './pass-scheduler.ts'
import type { Task } from './pass-scheduler.ts'
import type { RunContext } from './run-context.ts'
import { isStoreTrouble } from './store-trouble.ts'

/** Connections that a mailbox may cost outside of its fetching before it is given up for this run. */
const maxLosses = 3
/** What makes one more connection worth its login. */
const messagesPerConnection = 2000
const mailboxesPerConnection = 4

export interface PassRun {
  readonly context: RunContext
  readonly connections: AccountConnections
  readonly onResult: (result: MailboxResult) => void
}

/** Brings every mailbox up to date over as many connections as are worth it and allowed. Takes over `first` and closes it.
 *  Throws what stops the account; passes that were not done are then left as they are. */
export async function runPasses(passes: readonly MailboxPass[], first: OpenConnection, run: PassRun): Promise<void> {
  const scheduler = new PassScheduler(passes)
  const extra = Math.min(connectionLimit(run.context), worthwhileConnections(passes)) - 1
  const stop = new StopSign(scheduler)
  const workers = [
    new PassWorker(first, { scheduler, run, stop }).work(),
    ...Array.from({ length: Math.max(0, extra) }, () => helpAlong({ scheduler, run, stop })),
  ]
  await Promise.all(workers)
  if (stop.reason !== undefined) throw stop.reason
}

const usualConnections = 4

function connectionLimit({ account }: RunContext): number {
  return account.connections ?? usualConnections
}

function worthwhileConnections(passes: readonly MailboxPass[]): number {
  const messages = passes.reduce((sum, pass) => sum + pass.expectedMessages, 0)
  return Math.max(1, Math.ceil(messages / messagesPerConnection), Math.ceil(passes.length / mailboxesPerConnection))
}

interface WorkerParts {
  readonly scheduler: PassScheduler
  readonly run: PassRun
  readonly stop: StopSign
}

/** The first error that stops the account; all its workers look at it. */
class StopSign {
  readonly #scheduler: PassScheduler
  reason: Error | undefined

  constructor(scheduler: PassScheduler) {
    this.#scheduler = scheduler
  }

  set(reason: unknown): void {
    this.reason ??= reason instanceof Error ? reason : new Error(messageOf(reason))
    this.#scheduler.changed()
  }
}

async function helpAlong(parts: WorkerParts): Promise<void> {
  try {
    const open = await parts.run.connections.openExtra()
    if (open !== undefined) await new PassWorker(open, parts).work()
  } catch (error) {
    parts.stop.set(error)
  }
}

/** One connection and what it does. */
class PassWorker {
  readonly #parts: WorkerParts
  #open: OpenConnection | undefined
  /** The pass whose mailbox is examined on the connection. */
  #own: MailboxPass | undefined
  #failuresInARow = 0

  constructor(open: OpenConnection, parts: WorkerParts) {
    this.#open = open
    this.#parts = parts
  }

  /** Never throws: what stops the account goes to the stop sign. */
  async work(): Promise<void> {
    const { scheduler, stop } = this.#parts
    try {
      while (stop.reason === undefined && !scheduler.isDone) {
        const task = scheduler.next(this.#own)
        if (task === undefined) await scheduler.untilChange()
        else await this.#attempt(task)
      }
    } catch (error) {
      stop.set(error)
    } finally {
      await this.#open?.close()
    }
  }

  async #attempt(task: Task): Promise<void> {
    const { scheduler } = this.#parts
    const { pass, kind } = task
    const receivedBefore = pass.received
    try {
      await this.#perform(task)
      this.#failuresInARow = 0
    } catch (error) {
      if (kind === 'fetch') pass.fetching--
      if (!(error instanceof AppError) || isStoreTrouble(error)) throw error
      if (pass.received > receivedBefore) this.#failuresInARow = 0
      this.#takeBack(task, error)
      if (this.#open?.connection.usable !== true) await this.#reopen(error)
      else if (error.scope === 'account') throw error
    } finally {
      scheduler.changed()
    }
  }

  async #perform(task: Task): Promise<void> {
    const { pass } = task
    switch (task.kind) {
      case 'begin':
        return this.#begin(pass)
      case 'finish':
        return this.#finish(pass)
      case 'fetch':
        await this.#examine(pass)
        this.#note('batch-started', pass, task.uids.size)
        await fetchUids({ pass, ...this.#connected(), context: this.#parts.run.context }, task.uids)
        pass.fetching--
    }
  }

  #connected(): { connection: OpenConnection['connection']; connectionNumber: number } {
    if (this.#open === undefined) throw new Error('a worker without a connection')
    return { connection: this.#open.connection, connectionNumber: this.#open.number }
  }

  async #begin(pass: MailboxPass): Promise<void> {
    const { context } = this.#parts.run
    const { onEvent, account, clock } = context
    pass.startedMs ??= clock.monotonicMs()
    onEvent({
      type: 'mailbox-started',
      account: account.name,
      mailbox: pass.path,
      connection: this.#connected().connectionNumber,
    })
    this.#own = undefined
    const toFetch = await beginPass(pass, this.#connected().connection, context)
    this.#own = pass
    if (!context.acceptRemovals && needsSecondListing(pass)) await this.#confirmRemovals(pass)
    pass.queue = new FetchQueue(toFetch)
    pass.state = 'fetching'
    onEvent({
      type: 'mailbox-listed',
      account: account.name,
      mailbox: pass.path,
      serverMessages: pass.facts.examined.messages,
      toFetch: toFetch.size,
      batches: Math.ceil(toFetch.size / 1000),
    })
  }

  /** Rule 7: two listings that agree are believed; otherwise nothing is marked as removed, and the count says why. */
  async #confirmRemovals(pass: MailboxPass): Promise<void> {
    await this.#renew()
    const disagreed = await confirmRemovals(pass, this.#connected().connection)
    this.#own = pass
    if (disagreed > 0) pass.begun = { ...pass.facts, removed: emptyUidSet }
  }

  /** A connection of its own account may have another mailbox examined, or an older view of this one (F18). */
  async #examine(pass: MailboxPass): Promise<void> {
    if (this.#own === pass) return
    this.#own = undefined
    const examined = await this.#connected().connection.examine(pass.listed.wirePath)
    if (examined.uidValidity !== pass.facts.examined.uidValidity) {
      throw new AppError({
        code: 'COMMAND_REJECTED',
        scope: 'mailbox',
        message: `could not go on with mailbox "${pass.path}": two connections see different UIDVALIDITYs of it`,
        hint: 'run the command again',
      })
    }
    this.#own = pass
  }

  async #finish(pass: MailboxPass): Promise<void> {
    const { context } = this.#parts.run
    const finish = await finishPass(pass, context)
    if (finish.kind === 'done') {
      this.#end(pass, finish.result)
      return
    }
    pass.isRechecked = true
    pass.expunged = emptyUidSet
    await this.#renew()
    await this.#begin(pass)
  }

  #end(pass: MailboxPass, result: MailboxResult): void {
    const { context, onResult } = this.#parts.run
    pass.state = 'done'
    context.onEvent({ type: 'mailbox-finished', account: context.account.name, mailbox: result })
    onResult(result)
  }

  /** What the failed task leaves to be done. A refused command gives the mailbox up at once; lost connections only when it
   *  costs one after the other. */
  #takeBack({ kind, pass }: Task, error: AppError): void {
    if (error.scope === 'account') {
      if (kind === 'fetch' || error.code === 'INTERRUPTED') return
      pass.losses++
      pass.state = 'waiting'
      if (pass.losses < maxLosses) return
    }
    if (pass.state !== 'done') this.#giveUp(pass, error)
  }

  #giveUp(pass: MailboxPass, error: AppError): void {
    const { context } = this.#parts.run
    pass.queue.clear()
    context.onEvent({
      type: 'mailbox-failed',
      account: context.account.name,
      mailbox: pass.path,
      error: toReportedError(error),
    })
    this.#end(
      pass,
      toResult(pass, {
        serverMessages: pass.begun?.examined.messages ?? pass.listed.status?.messages,
        messages: (pass.mailbox.epoch?.messages ?? 0) + pass.newMessages,
        failed: [],
        refused: 0,
        reason: error.message,
        nowMs: context.clock.monotonicMs(),
      }),
    )
  }

  /** After a lost connection: another one, after a while, as long as that helps. */
  async #reopen(error: unknown): Promise<void> {
    const { connections } = this.#parts.run
    await this.#open?.close()
    this.#open = undefined
    this.#own = undefined
    const delayMs = connections.delayAfter(error, ++this.#failuresInARow)
    if (delayMs === undefined) throw error
    await connections.backOff(error, delayMs)
    this.#open = await connections.open()
  }

  async #renew(): Promise<void> {
    await this.#open?.close()
    this.#open = undefined
    this.#own = undefined
    this.#open = await this.#parts.run.connections.open()
  }

  #note(type: 'batch-started', pass: MailboxPass, messages: number): void {
    const { context } = this.#parts.run
    const connection = this.#connected().connectionNumber
    context.onEvent({ type, account: context.account.name, mailbox: pass.path, connection, messages })
  }
}
