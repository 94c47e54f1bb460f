import { AppError } from '../model/errors.ts'
import type { ListedMailbox } from '../model/mailbox.ts'
import { filterAdmits, selectsMailbox } from '../model/select.ts'
import { AccountConnections } from './account-connections.ts'
import type { OpenConnection } from './account-connections.ts'
import { toReportedError } from './events.ts'
import type { AccountOutcome, AccountResult, MailboxResult } from './events.ts'
import { MailboxPass, toResult } from './mailbox-pass.ts'
import { matchMailboxes } from './match-mailboxes.ts'
import { expectedMessages, planMailbox } from './plan-mailbox.ts'
import type { MirroredMailbox } from './ports.ts'
import type { PlanContext, RunContext } from './run-context.ts'
import { runPasses } from './run-passes.ts'
import { isStoreTrouble } from './store-trouble.ts'

/** Mirrors one account. Never throws for what its server does: that is in the result. Throws bugs, and what the store
 *  threw. */
export async function syncAccount(context: RunContext): Promise<AccountResult> {
  const results: MailboxResult[] = []
  const passes: MailboxPass[] = []
  let error: unknown
  try {
    await mirror(context, { passes, onResult: (result) => results.push(result) })
  } catch (thrown) {
    if (!(thrown instanceof AppError) || isStoreTrouble(thrown)) throw thrown
    error = thrown
  }
  for (const pass of passes) if (pass.state !== 'done') results.push(await unfinished(pass, context, error))
  return toAccountResult(context, results, error)
}

interface Outlet {
  /** Filled with what is to be done, so that what was not done can be told. */
  readonly passes: MailboxPass[]
  readonly onResult: (result: MailboxResult) => void
}

async function mirror(context: RunContext, { passes, onResult }: Outlet): Promise<void> {
  const connections = new AccountConnections(context)
  const { open, listed, mailboxes } = await listWithRetries(connections, context)
  const chosen = chooseMailboxes(listed, context)
  context.onEvent({
    type: 'mailboxes-listed',
    account: context.account.name,
    mailboxes: chosen.length,
    skipped: listed.length - chosen.length,
  })
  const known = new Map(mailboxes.map((mailbox) => [mailbox.wirePath, mailbox]))
  for (const box of chosen) {
    const mailbox = known.get(box.wirePath)
    if (mailbox === undefined) throw new Error(`the store did not record mailbox ${box.path}`)
    const pass = planPass(box, mailbox, { context, capabilities: open.connection.capabilities })
    if (pass instanceof MailboxPass) passes.push(pass)
    else onResult(pass)
  }
  // Little first: new mail must not wait behind a backlog; the inbox before all.
  passes.sort((one, other) => rank(one) - rank(other))
  if (passes.length === 0) await open.close()
  else await runPasses(passes, open, { context, connections, onResult })
}

const rank = ({ listed, expectedMessages }: MailboxPass): number =>
  listed.specialUse === 'inbox' && expectedMessages < 1000 ? -1 : expectedMessages

interface Listing {
  readonly open: OpenConnection
  readonly listed: readonly ListedMailbox[]
  readonly mailboxes: readonly MirroredMailbox[]
}

/** Connects and lists; a connection that is lost meanwhile is replaced. */
async function listWithRetries(connections: AccountConnections, context: RunContext): Promise<Listing> {
  for (let attempt = 1; ; attempt++) {
    const open = await connections.open()
    try {
      return await list(open, context)
    } catch (error) {
      await open.close()
      const delayMs = open.connection.usable ? undefined : connections.delayAfter(error, attempt)
      if (delayMs === undefined) throw error
      await connections.backOff(error, delayMs)
    }
  }
}

async function list(open: OpenConnection, context: RunContext): Promise<Listing> {
  const { connection } = open
  const { store, account } = context
  const listed = await connection.listMailboxes()
  await store.recordServer(account.name, {
    capabilities: [...connection.capabilities].toSorted(),
    id: connection.serverId,
  })
  const recorded = await store.recordMailboxes(account.name, listed)
  return { open, listed, mailboxes: await matchMailboxes(listed, recorded, { connection, context }) }
}

/** Selectable ones that the config admits and the command names. */
export function chooseMailboxes(
  listed: readonly ListedMailbox[],
  { account, selectors }: PlanContext,
): readonly ListedMailbox[] {
  return listed.filter(
    ({ path, selectable }) =>
      selectable && filterAdmits(account.mailboxes, path) && selectsMailbox(selectors, account.name, path),
  )
}

/** What is to be done for a mailbox: its pass, or its result where STATUS already says that nothing is. Mailboxes whose
 *  STATUS was not told are examined, which says the same and more. */
function planPass(
  listed: ListedMailbox,
  mailbox: MirroredMailbox,
  { context, capabilities }: { readonly context: RunContext; readonly capabilities: ReadonlySet<string> },
): MailboxPass | MailboxResult {
  const { status } = listed
  const { epoch } = mailbox
  if (status === undefined) return new MailboxPass(listed, mailbox, 0)
  const plan = planMailbox({ epoch, server: status, capabilities, full: context.full })
  const expected = expectedMessages(plan, epoch, status)
  const { onEvent, account, clock } = context
  onEvent({
    type: 'mailbox-planned',
    account: account.name,
    mailbox: listed.path,
    tier: plan.tier,
    why: plan.why,
    serverMessages: status.messages,
    messages: epoch?.messages ?? 0,
    expectedMessages: expected,
  })
  const pass = new MailboxPass(listed, mailbox, expected)
  if (plan.tier !== 'unchanged' || epoch === undefined) return pass
  const result = toResult(pass, {
    serverMessages: status.messages,
    messages: epoch.messages,
    failed: [],
    refused: 0,
    reason: undefined,
    nowMs: clock.monotonicMs(),
  })
  onEvent({ type: 'mailbox-finished', account: account.name, mailbox: result })
  return result
}

/** The statement about a mailbox whose pass was cut short: what it holds now, and that it is not complete. */
async function unfinished(pass: MailboxPass, { store, clock }: RunContext, error: unknown): Promise<MailboxResult> {
  await pass.committed()
  const { begun, listed, mailbox } = pass
  const epoch = begun?.epoch ?? mailbox.epoch
  return toResult(pass, {
    serverMessages: begun?.examined.messages ?? listed.status?.messages,
    messages: epoch === undefined ? 0 : (await store.presentUids(epoch.id)).size,
    failed: epoch === undefined ? [] : await store.failures(epoch.id),
    refused: 0,
    reason: error instanceof AppError ? error.message : 'its turn did not come',
    nowMs: clock.monotonicMs(),
  })
}

function outcomeOf(results: readonly MailboxResult[], error: unknown): AccountOutcome {
  if (error instanceof AppError) return error.code === 'INTERRUPTED' ? 'interrupted' : 'failed'
  return results.every(({ complete }) => complete) ? 'complete' : 'incomplete'
}

function toAccountResult(
  { account, recorder, signal }: RunContext,
  results: readonly MailboxResult[],
  error: unknown,
): AccountResult {
  const totals = recorder.totals(account.name)
  const outcome = outcomeOf(results, error)
  return {
    name: account.name,
    outcome: outcome === 'failed' && signal.aborted ? 'interrupted' : outcome,
    ...(error === undefined ? {} : { error: toReportedError(error) }),
    mailboxes: results.toSorted((one, other) => (one.path < other.path ? -1 : 1)),
    roundTrips: totals.roundTrips,
    receivedOctets: totals.receivedOctets,
  }
}
