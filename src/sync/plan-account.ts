import { AppError } from '../model/errors.ts'
import { AccountConnections } from './account-connections.ts'
import { toReportedError } from './events.ts'
import type { AccountResult, MailboxResult } from './events.ts'
import { expectedMessages, planMailbox } from './plan-mailbox.ts'
import type { MirroredMailbox } from './ports.ts'
import type { PlanContext } from './run-context.ts'
import { chooseMailboxes } from './sync-account.ts'

/** What `--dry-run` does: lists, asks for what STATUS did not tell, and says what a run would do. Writes nothing. */
export async function planAccount(context: PlanContext, held: readonly MirroredMailbox[]): Promise<AccountResult> {
  const { account, recorder } = context
  let mailboxes: readonly MailboxResult[] = []
  let error: unknown
  try {
    mailboxes = await planMailboxes(context, held)
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    error = thrown
  }
  const { roundTrips, receivedOctets } = recorder.totals(account.name)
  const isComplete = mailboxes.every(({ complete }) => complete)
  const outcome = isComplete ? 'complete' : 'incomplete'
  return {
    name: account.name,
    outcome: error === undefined ? outcome : 'failed',
    ...(error === undefined ? {} : { error: toReportedError(error) }),
    mailboxes,
    roundTrips,
    receivedOctets,
  }
}

async function planMailboxes(
  context: PlanContext,
  held: readonly MirroredMailbox[],
): Promise<readonly MailboxResult[]> {
  const { account, onEvent, full } = context
  const known = new Map(held.map((mailbox) => [mailbox.wirePath, mailbox]))
  const open = await new AccountConnections(context).open()
  const { connection } = open
  try {
    const results: MailboxResult[] = []
    for (const { path, wirePath, status } of chooseMailboxes(await connection.listMailboxes(), context)) {
      const epoch = known.get(wirePath)?.epoch
      const server = status ?? (await connection.status(wirePath))
      const { capabilities } = connection
      const plan = planMailbox({ epoch, server, capabilities, full })
      const messages = epoch?.messages ?? 0
      const serverMessages = server.messages
      const expected = expectedMessages(plan, epoch, server)
      onEvent({
        type: 'mailbox-planned',
        account: account.name,
        mailbox: path,
        ...plan,
        serverMessages,
        messages,
        expectedMessages: expected,
      })
      results.push(plannedResult({ path, serverMessages, messages, isUnchanged: plan.tier === 'unchanged' }))
    }
    return results
  } finally {
    await open.close()
  }
}

interface Planned {
  readonly path: string
  readonly serverMessages: number | undefined
  readonly messages: number
  readonly isUnchanged: boolean
}

function plannedResult({ path, serverMessages, messages, isUnchanged }: Planned): MailboxResult {
  return {
    path,
    serverMessages,
    messages,
    newMessages: 0,
    downloadedOctets: 0,
    flagChanges: 0,
    removed: 0,
    failed: [],
    refused: 0,
    complete: isUnchanged,
    ...(isUnchanged ? {} : { reason: 'planned only' }),
    durationMs: 0,
  }
}
