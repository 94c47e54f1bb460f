import type { OpenConnection } from './account-connections.ts'
import { Crew } from './crew.ts'
import type { MailboxPass } from './mailbox-pass.ts'
import { PassScheduler } from './pass-scheduler.ts'
import { PassWorker } from './pass-worker.ts'
import type { PassRun, WorkerParts } from './pass-worker.ts'

/** What makes one more connection worth its login. */
const messagesPerConnection = 2000
const mailboxesPerConnection = 4

/** Brings every mailbox up to date over as many connections as are worth it and allowed. Takes over `first` and closes it.
 *  Throws what stops the account; passes that were not done are then left as they are. */
export async function runPasses(passes: readonly MailboxPass[], first: OpenConnection, run: PassRun): Promise<void> {
  const scheduler = new PassScheduler(passes, run.context.beside?.claims)
  const crew = new Crew(scheduler)
  // A server that is slow to take one more connection must not hold up the end.
  const unneeded = new AbortController()
  const parts = { scheduler, crew, run, endHelp: () => unneeded.abort() }
  const extra = Math.min(run.connections.allowed, worthwhileConnections(passes)) - 1
  try {
    await Promise.all([
      workOn(first, parts, unneeded.signal),
      ...Array.from({ length: Math.max(0, extra) }, () => helpAlong(parts, unneeded.signal)),
    ])
  } finally {
    scheduler.release()
  }
  if (crew.stopReason !== undefined) throw crew.stopReason
}

function worthwhileConnections(passes: readonly MailboxPass[]): number {
  const messages = passes.reduce((sum, pass) => sum + pass.expectedMessages, 0)
  return Math.max(1, Math.ceil(messages / messagesPerConnection), Math.ceil(passes.length / mailboxesPerConnection))
}

/** Works, and comes back after it has made room for others. */
async function workOn(first: OpenConnection, parts: WorkerParts, unneeded: AbortSignal): Promise<void> {
  if ((await new PassWorker(first, parts).work()) === 'made room') await helpAlong(parts, unneeded)
}

async function helpAlong(parts: WorkerParts, unneeded: AbortSignal): Promise<void> {
  try {
    const open = await parts.run.connections.openExtra(unneeded)
    if (open !== undefined) await workOn(open, parts, unneeded)
  } catch (error) {
    parts.crew.stop(error)
  }
}
