import { AppError } from '../model/errors.ts'
import { serverNames } from './server-names.ts'
import type { ServerNames } from './server-names.ts'
import { MailboxRestore } from './restore-mailbox.ts'
import type { RestoreGroup } from './plan-restore.ts'
import type { RestoreConnection, RestoreJournal, RestoreServer } from './restore-ports.ts'

export interface RestoreOptions {
  readonly server: RestoreServer
  readonly journal: RestoreJournal
  readonly groups: readonly RestoreGroup[]
  /** At once, at most. */
  readonly connections: number
  /** Nothing is made or sent: what is missing counts as restored. */
  readonly isDryRun: boolean
  /** SHA-256 in hex digits. */
  readonly hash: (octets: Uint8Array) => string
  /** Rejects with INTERRUPTED when the signal fires. */
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
  /** Of a message that the server has taken. */
  readonly onMessage?: (octets: number) => void
}

export interface RestoreFailure {
  readonly mailbox: string
  /** As `show` takes it; undefined: the mailbox as a whole. */
  readonly id: string | undefined
  readonly reason: string
  /** The mirror's copy is damaged. */
  readonly isDamaged?: true
}

export interface RestoredMailbox {
  /** On the server. */
  readonly path: string
  readonly isNew: boolean
  readonly restored: number
  readonly present: number
  readonly failed: number
  /** Messages that were not tried. */
  readonly left: number
}

/** How a restore went. */
export interface RestoreSummary {
  readonly restored: number
  readonly octets: number
  /** Messages that were there already. */
  readonly present: number
  /** Restored without some of their keywords, which the server would not take, or no command can carry. */
  readonly withoutKeywords: number
  readonly left: number
  readonly failed: readonly RestoreFailure[]
  readonly mailboxes: readonly RestoredMailbox[]
}

/** Lost connections in a row, without a message in between, after which it is given up. */
const mostLost = 6
/** Before another attempt to connect; twice as long before each further one. */
const firstDelayMs = 250

/** Puts messages onto a server that are not there yet; nothing that is there is changed. What the server refuses is told, and the rest
 *  goes on; an account that is full ends it. Throws what `connect` throws, THROTTLED, and the signal's reason: what was sent stays, and
 *  the next restore goes on from there. */
export async function restoreMessages(options: RestoreOptions): Promise<RestoreSummary> {
  const { server, groups, connections, signal } = options
  const ending = new AbortController()
  const context = { ...options, signal: AbortSignal.any([signal, ending.signal]) }
  const first = await connectedTo(server, context, 0)
  const names = await serverNames(first)
  const all = groups.map((group) => new MailboxRestore(group, names.resolve(group.levels), context))
  const queue = new RestoreQueue(all, names)
  const workers = [worker(queue, context, first)]
  for (let number = 1; number < Math.min(connections, all.length); number++) workers.push(extraWorker(queue, context))
  try {
    await Promise.all(workers)
  } finally {
    ending.abort(new AppError({ code: 'INTERRUPTED', message: 'the restore has ended' }))
    await Promise.allSettled(workers)
  }
  return summaryOf(all)
}

interface WorkerContext extends RestoreOptions {
  readonly signal: AbortSignal
}

/** Mailboxes that are to be restored; nothing more of them once the account is full. */
class RestoreQueue {
  readonly names: ServerNames
  readonly #waiting: MailboxRestore[]
  #isFull = false

  constructor(all: readonly MailboxRestore[], names: ServerNames) {
    this.names = names
    this.#waiting = [...all]
  }

  next(): MailboxRestore | undefined {
    return this.#isFull ? undefined : this.#waiting.shift()
  }

  end(): void {
    this.#isFull = true
  }
}

async function worker(queue: RestoreQueue, context: WorkerContext, first: RestoreConnection): Promise<void> {
  let connection = first
  try {
    for (let mailbox = queue.next(); mailbox !== undefined; mailbox = queue.next()) {
      connection = await restoreOne(mailbox, connection, context)
      if (mailbox.isFull) queue.end()
    }
  } finally {
    await connection.close()
  }
}

/** The server may bear fewer connections: then the others do it all. */
async function extraWorker(queue: RestoreQueue, context: WorkerContext): Promise<void> {
  const connection = await context.server.connect(context.signal).catch(() => undefined)
  if (connection !== undefined) await worker(queue, context, connection)
}

/** Gives the connection to go on with. */
async function restoreOne(
  mailbox: MailboxRestore,
  first: RestoreConnection,
  context: WorkerContext,
): Promise<RestoreConnection> {
  let connection = first
  for (let lost = 0; ;) {
    const before = mailbox.restored
    try {
      await mailbox.run(connection)
      return connection
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'CONNECTION_LOST') throw error
      lost = mailbox.restored > before ? 1 : lost + 1
      if (lost >= mostLost) throw error
      await connection.close()
      connection = await connectedTo(context.server, context, lost)
    }
  }
}

async function connectedTo(
  server: RestoreServer,
  { delay, signal }: WorkerContext,
  lost: number,
): Promise<RestoreConnection> {
  for (let tries = lost; ; tries++) {
    if (tries > 0) await delay(firstDelayMs * 2 ** Math.min(tries, 7), signal)
    try {
      return await server.connect(signal)
    } catch (error) {
      if (!(error instanceof AppError) || tries >= mostLost) throw error
      // A server that was there a moment ago may be starting again.
      const mayPass = error.code === 'CONNECTION_LOST' || (error.code === 'SERVER_UNREACHABLE' && lost > 0)
      if (!mayPass) throw error
    }
  }
}

function summaryOf(all: readonly MailboxRestore[]): RestoreSummary {
  const sum = (of: (mailbox: MailboxRestore) => number): number => all.reduce((total, one) => total + of(one), 0)
  return {
    restored: sum(({ restored }) => restored),
    octets: sum(({ octets }) => octets),
    present: sum(({ present }) => present),
    withoutKeywords: sum(({ withoutKeywords }) => withoutKeywords),
    left: sum(({ left }) => left),
    failed: all.flatMap(({ failures }) => failures),
    mailboxes: all.map(({ path, isNew, restored, present, failures, left }) => {
      return { path, isNew, restored, present, failed: failures.length, left }
    }),
  }
}
