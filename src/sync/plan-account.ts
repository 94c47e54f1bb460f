import { AppError } from '../model/errors.ts'
import type { ListedMailbox } from '../model/mailbox.ts'
import { AccountConnections } from './account-connections.ts'
import type { OpenConnection } from './account-connections.ts'
import type { AccountResult, MailboxResult } from './events.ts'
import { untouchedResult } from './mailbox-pass.ts'
import { expectedMessages, planMailbox } from './plan-mailbox.ts'
import type { MirroredEpoch, MirroredMailbox } from './ports.ts'
import type { PlanContext } from './run-context.ts'
import { chooseMailboxes, toAccountResult } from './sync-account.ts'

/** What `--dry-run` does: lists, asks for what STATUS did not tell, and says what a run would do. Writes nothing. */
export async function planAccount(context: PlanContext, held: readonly MirroredMailbox[]): Promise<AccountResult> {
  let mailboxes: readonly MailboxResult[] = []
  let error: unknown
  try {
    mailboxes = await planMailboxes(context, held)
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    error = thrown
  }
  return toAccountResult(context, mailboxes, error)
}

async function planMailboxes(
  context: PlanContext,
  held: readonly MirroredMailbox[],
): Promise<readonly MailboxResult[]> {
  const known = new Map(held.map((mailbox) => [mailbox.wirePath, mailbox]))
  const open = await new AccountConnections(context, { connections: 1, onLowered: () => Promise.resolve() }).open()
  try {
    const results: MailboxResult[] = []
    for (const listed of chooseMailboxes(await open.connection.listMailboxes(), context)) {
      results.push(await planListed(listed, known.get(listed.wirePath)?.epoch, { open, context }))
    }
    return results
  } finally {
    await open.close()
  }
}

interface PlanParts {
  readonly open: OpenConnection
  readonly context: PlanContext
}

async function planListed(
  { path, wirePath, status }: ListedMailbox,
  epoch: MirroredEpoch | undefined,
  { open: { connection }, context: { account, full, onEvent } }: PlanParts,
): Promise<MailboxResult> {
  const messages = epoch?.messages ?? 0
  let server = status
  try {
    server ??= await connection.status(wirePath)
  } catch (error) {
    // One mailbox that is refused does not hide the plan of the others (rule 9).
    if (!(error instanceof AppError) || error.code !== 'COMMAND_REJECTED') throw error
    return untouchedResult({ path, serverMessages: undefined, messages, reason: error.message })
  }
  const plan = planMailbox({ epoch, server, capabilities: connection.capabilities, full })
  const serverMessages = server.messages
  onEvent({
    type: 'mailbox-planned',
    account: account.name,
    mailbox: path,
    ...plan,
    serverMessages,
    messages,
    expectedMessages: expectedMessages(plan, epoch, server),
  })
  const reason = plan.tier === 'unchanged' ? undefined : 'planned only'
  return untouchedResult({ path, serverMessages, messages, reason })
}
