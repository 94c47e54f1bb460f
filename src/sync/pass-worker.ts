import { AppError } from '../model/errors.ts'
import { emptyUidSet } from '../model/uid-set.ts'
import type { AccountConnections, OpenConnection } from './account-connections.ts'
import { beginPass } from './begin-pass.ts'
import type { Crew } from './crew.ts'
import { toReportedError } from './events.ts'
import type { MailboxResult } from './events.ts'
import { fetchUids } from './fetch-batch.ts'
import { FetchQueue } from './fetch-queue.ts'
import { confirmRemovals, finishPass, needsSecondListing, unfinishedResult } from './finish-pass.ts'
import type { MailboxPass } from './mailbox-pass.ts'
import type { PassScheduler, Task } from './pass-scheduler.ts'
import { backOffMs, isTransient } from './retry-policy.ts'
import type { RunContext } from './run-context.ts'
import { isStoreTrouble } from './store-trouble.ts'

/** Connections that a mailbox may cost one after the other before it is given up for this run. */
const maxLosses = 3
/** While it is being fetched: enough to close in on several messages that each cost their connection (F75). */
const maxLossesFetching = 16
/** The mailbox could be examined, so the server is there: no need to wait ever longer. */
const longestBackOff = 3

/** What all workers of an account have in common. */
export interface PassRun {
  readonly context: RunContext
  readonly connections: AccountConnections
  readonly onResult: (result: MailboxResult) => void
}

export interface WorkerParts {
  readonly scheduler: PassScheduler
  readonly crew: Crew
  readonly run: PassRun
}

/** One connection and what it does. */
export class PassWorker {
  readonly #parts: WorkerParts
  #open: OpenConnection | undefined
  /** The pass whose mailbox is examined on the connection. */
  #own: MailboxPass | undefined

  constructor(open: OpenConnection, parts: WorkerParts) {
    this.#open = open
    this.#parts = parts
    parts.crew.join()
  }

  /** Never throws: what stops the account goes to the crew. */
  async work(): Promise<void> {
    const { scheduler, crew } = this.#parts
    try {
      while (crew.stopReason === undefined && !scheduler.isDone) {
        const task = scheduler.next(this.#own)
        if (task === undefined) await scheduler.untilChange()
        else await this.#attempt(task)
        if (this.#open === undefined) return
      }
      crew.leave()
    } catch (error) {
      crew.stop(error)
    } finally {
      await this.#open?.close()
    }
  }

  async #attempt(task: Task): Promise<void> {
    const { scheduler, crew } = this.#parts
    const { pass } = task
    const receivedBefore = pass.received
    try {
      await this.#perform(task)
      pass.losses = 0
      crew.noteProgress()
    } catch (error) {
      if (!(error instanceof AppError) || isStoreTrouble(error)) throw error
      if (pass.received > receivedBefore) {
        pass.losses = 0
        crew.noteProgress()
      }
      await this.#takeBack(task, error)
      if (this.#open?.connection.usable !== true) await this.#reopen(error, pass.losses)
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
        try {
          await this.#examine(pass)
          this.#note('batch-started', pass, task.uids.size)
          await fetchUids({ pass, ...this.#connected(), context: this.#parts.run.context }, task.uids)
        } finally {
          pass.fetching--
        }
        return this.#failIfGivenUp(pass)
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
    pass.queue = new FetchQueue(toFetch, pass.facts.failed)
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
    const isConfirmed = await confirmRemovals(pass, this.#connected().connection)
    if (!isConfirmed) pass.begun = { ...pass.facts, removed: emptyUidSet }
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
    const finish = await finishPass(pass, this.#parts.run.context)
    if (finish.kind === 'done') {
      this.#end(pass, finish.result)
      return
    }
    pass.isRechecked = true
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
   *  costs one after the other. Throws when that is not the mailbox's fault. */
  async #takeBack({ kind, pass }: Task, error: AppError): Promise<void> {
    if (error.scope !== 'account') {
      await this.#giveUp(pass, error)
      return
    }
    if (!isTransient(error)) throw error
    pass.losses++
    if (kind !== 'fetch') pass.state = 'waiting'
    if (pass.losses < (kind === 'fetch' ? maxLossesFetching : maxLosses)) return this.#failIfGivenUp(pass)
    await this.#giveUp(pass, error)
    if (!this.#parts.crew.mayLoseMailbox()) throw error
  }

  async #giveUp(pass: MailboxPass, error: AppError): Promise<void> {
    pass.trouble ??= error
    pass.state = 'failing'
    await this.#failIfGivenUp(pass)
  }

  /** The statement waits for connections that are still fetching: it counts what they bring. */
  async #failIfGivenUp(pass: MailboxPass): Promise<void> {
    const { context } = this.#parts.run
    const { trouble } = pass
    if (trouble === undefined || pass.state !== 'failing' || pass.fetching > 0) return
    pass.state = 'finishing'
    pass.queue.clear()
    const error = toReportedError(trouble)
    context.onEvent({ type: 'mailbox-failed', account: context.account.name, mailbox: pass.path, error })
    this.#end(pass, await unfinishedResult(pass, context, trouble.message))
  }

  /** After a lost connection: another one, after a while. A worker that gets none leaves the rest to the others, if there
   *  are any: the server may want fewer connections (F15). */
  async #reopen(error: AppError, losses: number): Promise<void> {
    const { connections, context } = this.#parts.run
    await this.#open?.close()
    this.#open = undefined
    this.#own = undefined
    try {
      await connections.backOff(error, backOffMs(Math.min(Math.max(1, losses), longestBackOff), context.clock.random()))
      this.#open = await connections.open()
    } catch (failure) {
      if (!(failure instanceof AppError) || failure.code === 'INTERRUPTED' || !this.#parts.crew.leave()) throw failure
    }
  }

  /** A connection without memory of what the former one saw. */
  async #renew(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    this.#own = undefined
    this.#open = await open?.replace()
  }

  #note(type: 'batch-started', pass: MailboxPass, messages: number): void {
    const { context } = this.#parts.run
    const connection = this.#connected().connectionNumber
    context.onEvent({ type, account: context.account.name, mailbox: pass.path, connection, messages })
  }
}
