import { AppError } from '../model/errors.ts'
import { emptyUidSet } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
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
import { failureKind, isTransient } from './retry-policy.ts'
import type { RunContext } from './run-context.ts'
import { isStoreTrouble } from './store-trouble.ts'
import { WorkerConnection } from './worker-connection.ts'
import type { WorkEnd } from './worker-connection.ts'

/** Connections that a mailbox may cost one after the other before it is given up for this run. */
const maxLosses = 3
/** While it is being fetched: enough to close in on several messages that each cost their connection (F75). */
const maxLossesFetching = 16

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
  /** There is no more use for further connections. Called before a slot is given back that one of them waits for. */
  readonly endHelp: () => void
}

/** One connection and what it does. */
export class PassWorker {
  readonly #parts: WorkerParts
  readonly #link: WorkerConnection

  constructor(open: OpenConnection, parts: WorkerParts) {
    const { crew, run } = parts
    this.#parts = parts
    this.#link = new WorkerConnection(open, { crew, connections: run.connections, context: run.context })
  }

  /** Never throws: what stops the account goes to the crew. */
  async work(): Promise<WorkEnd> {
    const { crew, scheduler, endHelp } = this.#parts
    try {
      return await this.#workOn()
    } catch (error) {
      crew.stop(error)
      return 'done'
    } finally {
      if (scheduler.isDone || crew.stopReason !== undefined || crew.isEmpty) endHelp()
      await this.#link.close()
    }
  }

  async #workOn(): Promise<WorkEnd> {
    const { scheduler, crew } = this.#parts
    while (crew.stopReason === undefined && !scheduler.isDone && !this.#link.isDismissed) {
      await this.#step(scheduler.next(this.#link.examined))
      if (!this.#link.isOpen) return this.#link.end
    }
    this.#link.leave()
    return 'done'
  }

  async #step(task: Task | undefined): Promise<void> {
    if (task === undefined) {
      await this.#link.leaveIfWanted()
      if (this.#link.isOpen) await this.#untilChange()
      return
    }
    await this.#attempt(task)
    if (this.#link.isUsable) await this.#link.heedSlowdowns()
    if (this.#link.isOpen) await this.#link.yieldTurn()
  }

  async #untilChange(): Promise<void> {
    const { scheduler, run } = this.#parts
    await scheduler.untilChange(run.context.limits.arrivals)
  }

  async #attempt(task: Task): Promise<void> {
    const { scheduler } = this.#parts
    const { pass } = task
    const receivedBefore = pass.received
    this.#link.noteTask(task.kind === 'fetch' ? task.uids.size : 0)
    try {
      await this.#perform(task)
      pass.losses = 0
      this.#noteProgress(task.kind !== 'begin')
    } catch (error) {
      if (!(error instanceof AppError) || isStoreTrouble(error)) throw error
      if (pass.received > receivedBefore) {
        pass.losses = 0
        this.#noteProgress(true)
      }
      await this.#takeBack(task, error)
      if (!this.#link.isUsable) await this.#link.reopen(error, pass)
      else if (error.scope === 'account') throw error
    } finally {
      scheduler.changed()
    }
  }

  /** `isStep`: a mailbox came nearer to its end. A server that throttles may let one after another be begun. */
  #noteProgress(isStep: boolean): void {
    this.#parts.crew.noteProgress()
    if (isStep) this.#parts.run.connections.pace.noteProgress()
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
          this.#throwIfSpent()
          await this.#examine(pass)
          this.#note('batch-started', pass, task.uids.size)
          await this.#fetch(pass, task.uids)
        } finally {
          pass.fetching--
        }
        return this.#failIfGivenUp(pass)
    }
  }

  #throwIfSpent(): void {
    const { budget } = this.#parts.run.context
    if (budget.isSpent) throw budget.error()
  }

  async #fetch(pass: MailboxPass, uids: UidSet): Promise<void> {
    const { connection, number } = this.#link
    await fetchUids({ pass, connection, connectionNumber: number, context: this.#parts.run.context }, uids)
  }

  async #begin(pass: MailboxPass): Promise<void> {
    const { context } = this.#parts.run
    const { onEvent, account, clock } = context
    pass.startedMs ??= clock.monotonicMs()
    onEvent({
      type: 'mailbox-started',
      account: account.name,
      mailbox: pass.path,
      connection: this.#link.number,
    })
    this.#link.examined = undefined
    const toFetch = await beginPass(pass, this.#link.connection, context)
    this.#link.examined = pass
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
    await this.#link.renew()
    const isConfirmed = await confirmRemovals(pass, this.#link.connection)
    if (!isConfirmed) pass.begun = { ...pass.facts, removed: emptyUidSet }
  }

  /** A connection of its own account may have another mailbox examined, or an older view of this one (F18). */
  async #examine(pass: MailboxPass): Promise<void> {
    if (this.#link.examined === pass) return
    this.#link.examined = undefined
    const examined = await this.#link.connection.examine(pass.listed.wirePath)
    if (examined.uidValidity !== pass.facts.examined.uidValidity) {
      throw new AppError({
        code: 'COMMAND_REJECTED',
        scope: 'mailbox',
        message: `could not go on with mailbox "${pass.path}": two connections see different UIDVALIDITYs of it`,
        hint: 'run the command again',
      })
    }
    this.#link.examined = pass
  }

  async #finish(pass: MailboxPass): Promise<void> {
    const finish = await finishPass(pass, this.#parts.run.context)
    if (finish.kind === 'done') {
      this.#end(pass, finish.result)
      return
    }
    pass.isRechecked = true
    await this.#link.renew()
    await this.#begin(pass)
  }

  #end(pass: MailboxPass, result: MailboxResult): void {
    const { context, onResult } = this.#parts.run
    pass.state = 'done'
    this.#parts.scheduler.release([pass])
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
    const isWorthWaiting = failureKind(error) === 'throttled' || error.retryAfterMs !== undefined
    if (!isTransient(error) && !isWorthWaiting) throw error
    if (kind !== 'fetch') pass.state = 'waiting'
    if (isWorthWaiting) return this.#failIfGivenUp(pass)
    pass.losses++
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

  #note(type: 'batch-started', pass: MailboxPass, messages: number): void {
    const { context } = this.#parts.run
    const connection = this.#link.number
    context.onEvent({ type, account: context.account.name, mailbox: pass.path, connection, messages })
  }
}
