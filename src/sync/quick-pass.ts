import type { ListedMailbox, MailboxStatus } from '../model/mailbox.ts'
import { AppError } from '../model/errors.ts'
import { dailyBudget } from '../model/provider.ts'
import type { AccountConnections } from './account-connections.ts'
import { DailyBudget } from './daily-budget.ts'
import type { MailboxResult } from './events.ts'
import type { KeptConnection } from './kept-connection.ts'
import { MailboxPass } from './mailbox-pass.ts'
import { expectedMessages, planMailbox } from './plan-mailbox.ts'
import type { Beside, RunContext } from './run-context.ts'
import { runPasses } from './run-passes.ts'
import { isStoreTrouble } from './store-trouble.ts'

/** What a look at one mailbox came to. `busy`: a full pass is at work on it. `unready`: no pass of it has been completed yet.
 *  `left`: it takes a full pass to settle what is there. */
export type QuickOutcome = 'done' | 'busy' | 'unready' | 'left'

export interface QuickParts {
  readonly context: Omit<RunContext, 'budget'> & { readonly beside: Beside }
  readonly connections: AccountConnections
  readonly kept: KeptConnection
  readonly onResult: (result: MailboxResult) => void
}

/** One mailbox's pass over a connection that stays open. It never takes another one: what needs that is left. Throws what the
 *  store threw, and bugs. */
export async function quickPass(
  listed: ListedMailbox,
  { context, connections, kept, onResult }: QuickParts,
): Promise<QuickOutcome> {
  const { account, store, beside } = context
  if (!beside.claims.isFree(listed.wirePath)) return 'busy'
  const { listed: recorded } = await store.recordMailboxes(account.name, [listed])
  const [mailbox] = recorded
  if (mailbox?.epoch?.cursor === undefined) return 'unready'
  const budget = await budgetOf(context)
  if (budget.isSpent) return 'unready'
  const pass = new MailboxPass(listed, mailbox, 0)
  try {
    const running = { ...context, budget, signal: kept.lost }
    await runPasses(
      [pass],
      kept.lend(() => pass.state === 'done'),
      { context: running, connections, onResult },
    )
  } catch (error) {
    await closeUnlessLost(error, kept)
  } finally {
    await pass.committed()
    await budget.end()
  }
  return pass.state === 'done' && pass.trouble === undefined ? 'done' : 'left'
}

async function budgetOf({ account, store, recorder, clock }: QuickParts['context']): Promise<DailyBudget> {
  const history = await store.accountHistory(account.name)
  const limit = dailyBudget(account.imap.host, account.budget)
  return new DailyBudget({ account: account.name, limit, history, store, recorder, clock })
}

/** Whatever the server did, a full pass finds out. */
async function closeUnlessLost(error: unknown, kept: KeptConnection): Promise<void> {
  if (!(error instanceof AppError) || isStoreTrouble(error)) throw error
  if (error.code !== 'CONNECTION_LOST' && error.code !== 'INTERRUPTED') await kept.close()
}

/** Whether STATUS says that a quick pass would find much: a full pass has more connections for it. */
export function wouldBeMuch(
  epoch: Parameters<typeof expectedMessages>[1],
  status: MailboxStatus,
  capabilities: ReadonlySet<string>,
): boolean {
  const plan = planMailbox({ epoch, server: status, capabilities, full: false })
  return expectedMessages(plan, epoch, status) > mostAtOnce
}

const mostAtOnce = 2000
