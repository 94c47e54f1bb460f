import { AppError } from '../model/errors.ts'
import type { ErrorCode } from '../model/errors.ts'
import type { Account } from '../model/account.ts'
import type { ListedMailbox } from '../model/mailbox.ts'
import { allowedConnections, dailyBudget } from '../model/provider.ts'
import { filterAdmits, selectsMailbox } from '../model/select.ts'
import { withoutQuirks } from '../model/server-quirks.ts'
import { AccountConnections } from './account-connections.ts'
import type { OpenConnection } from './account-connections.ts'
import { DailyBudget } from './daily-budget.ts'
import { toReportedError } from './events.ts'
import type { AccountOutcome, AccountResult, MailboxResult } from './events.ts'
import { unfinishedResult } from './finish-pass.ts'
import { MailboxPass, untouchedResult } from './mailbox-pass.ts'
import { matchMailboxes } from './match-mailboxes.ts'
import type { MatchedMailboxes } from './match-mailboxes.ts'
import { expectedMessages, planMailbox } from './plan-mailbox.ts'
import type { MirroredMailbox } from './ports.ts'
import type { PlanContext, RunContext } from './run-context.ts'
import { runPasses } from './run-passes.ts'
import { holdsEachOnce, labelling } from './labelled-mail.ts'
import { isStoreTrouble } from './store-trouble.ts'

/** Mirrors one account. Never throws for what its server does: that is in the result. Throws bugs, and what the store
 *  threw. */
export async function syncAccount(base: Omit<RunContext, 'budget'>): Promise<AccountResult> {
  const { store, recorder, clock } = base
  const history = await store.accountHistory(base.account.name)
  const account = withoutQuirks(base.account, history.probed)
  const limit = dailyBudget(account.imap.host, account.budget)
  const budget = new DailyBudget({ account: account.name, limit, history, store, recorder, clock })
  const context = { ...base, account, budget }
  const results: MailboxResult[] = []
  const passes: MailboxPass[] = []
  let error: unknown
  try {
    if (budget.isSpent) throw budget.error()
    await mirror(context, { remembered: history.connections, passes, onResult: (result) => results.push(result) })
  } catch (thrown) {
    if (!(thrown instanceof AppError) || isStoreTrouble(thrown)) throw thrown
    error = thrown
  }
  const why = error instanceof AppError ? error.message : 'its turn did not come'
  for (const pass of passes) if (pass.state !== 'done') results.push(await unfinishedResult(pass, context, why))
  await budget.end()
  return toAccountResult(context, results, error)
}

interface Outlet {
  /** Connections that the server was last seen to bear. */
  readonly remembered: number | undefined
  /** Filled with what is to be done, so that what was not done can be told. */
  readonly passes: MailboxPass[]
  readonly onResult: (result: MailboxResult) => void
}

async function mirror(context: RunContext, { remembered, passes, onResult }: Outlet): Promise<void> {
  const { account } = context
  const connections = connectionsFor(context, remembered)
  const { open, listed, mailboxes, unsettled } = await listAlone(connections, context)
  const chosen = chooseMailboxes(listed, context)
  context.onEvent({
    type: 'mailboxes-listed',
    account: account.name,
    mailboxes: chosen.length,
    skipped: listed.length - chosen.length,
  })
  for (const mailbox of unsettled) if (isChosen(mailbox.path, context)) onResult(unlistedResult(mailbox, context))
  const known = new Map(mailboxes.map((mailbox) => [mailbox.wirePath, mailbox]))
  for (const box of chosen) {
    const mailbox = known.get(box.wirePath)
    if (mailbox === undefined) throw new Error(`the store did not record mailbox ${box.path}`)
    const pass = beginMailbox(box, mailbox, { context, capabilities: open.connection.capabilities })
    if (pass instanceof MailboxPass) passes.push(pass)
    else onResult(pass)
  }
  // Little first: new mail must not wait behind a backlog; the inbox before all.
  passes.sort((one, other) => rank(one) - rank(other))
  const { isLabelled, complaint } = labelling(open.connection, listed, context)
  if (isLabelled) for (const pass of passes) if (holdsEachOnce(pass.listed)) pass.turn = 0
  if (passes.length === 0) await open.close()
  else await runPasses(passes, open, { context, connections, onResult })
  if (complaint !== undefined) throw complaint
}

function connectionsFor(context: RunContext, remembered: number | undefined): AccountConnections {
  const { account, store, recorder, beside } = context
  const { host } = account.imap
  const wanted = allowedConnections(host, { configured: account.connections, remembered: undefined })
  const allowed = allowedConnections(host, { configured: account.connections, remembered })
  if (allowed < wanted) recorder.ceilingMet(account.name, { borne: allowed, wanted })
  const others = beside?.connections ?? 0
  return new AccountConnections(context, {
    connections: Math.max(1, allowed - others),
    onLowered: (count) => store.noteHistory(account.name, { connections: count + others }),
  })
}

const rank = ({ listed, expectedMessages }: MailboxPass): number =>
  listed.specialUse === 'inbox' && expectedMessages < 1000 ? -1 : expectedMessages

interface Listing extends MatchedMailboxes {
  readonly open: OpenConnection
  readonly listed: readonly ListedMailbox[]
}

async function listAlone(connections: AccountConnections, context: RunContext): Promise<Listing> {
  const { beside } = context
  if (beside === undefined) return listWithRetries(connections, context)
  return beside.alone(async () => {
    const listing = await listWithRetries(connections, context)
    beside.onListed(chooseMailboxes(listing.listed, context))
    return listing
  })
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
  const listed = withRoles(await connection.listMailboxes(), account)
  if (listed.length === 0) {
    throw new AppError({
      code: 'PROTOCOL_VIOLATION',
      message: `could not list the mailboxes of account ${account.name}: the server names none, not even INBOX`,
      hint: 'what the mirror holds stays; run the command again, and see what the server offers this user',
    })
  }
  await store.recordServer(account.name, {
    capabilities: [...connection.capabilities].toSorted(),
    id: connection.serverId,
  })
  const recorded = await store.recordMailboxes(account.name, listed)
  return { open, listed, ...(await matchMailboxes(listed, recorded, { connection, context })) }
}

/** The owner knows better what a mailbox is for than a server that does not say. */
function withRoles(listed: readonly ListedMailbox[], { specialUse }: Account): readonly ListedMailbox[] {
  return listed.map((box) => ({ ...box, specialUse: specialUse[box.path] ?? box.specialUse }))
}

/** Selectable ones that the config admits and the command names. */
export function chooseMailboxes(listed: readonly ListedMailbox[], context: PlanContext): readonly ListedMailbox[] {
  return listed.filter(({ path, selectable }) => selectable && isChosen(path, context))
}

function isChosen(path: string, { account, selectors }: PlanContext): boolean {
  return filterAdmits(account.mailboxes, path) && selectsMailbox(selectors, account.name, path)
}

/** A mailbox that LIST left out although nothing says that it is gone: it stays, and it is not up to date. */
function unlistedResult(mailbox: MirroredMailbox, context: RunContext): MailboxResult {
  const reason = 'the server did not list it, and does not say that it is gone'
  return finishUntouched(mailbox, { serverMessages: undefined, reason }, context)
}

interface Untouched {
  readonly serverMessages: number | undefined
  readonly reason: string
}

function finishUntouched(
  { path, epoch }: MirroredMailbox,
  why: Untouched,
  { account, onEvent }: RunContext,
): MailboxResult {
  const result = untouchedResult({ path, messages: epoch?.messages ?? 0, ...why })
  onEvent({ type: 'mailbox-finished', account: account.name, mailbox: result })
  return result
}

interface Surroundings {
  readonly context: RunContext
  readonly capabilities: ReadonlySet<string>
}

function beginMailbox(box: ListedMailbox, mailbox: MirroredMailbox, around: Surroundings): MailboxPass | MailboxResult {
  const { context } = around
  const reason = context.leftOut(context.account.name, box.path)
  if (reason === undefined) return planPass(box, mailbox, around)
  return finishUntouched(mailbox, { serverMessages: box.status?.messages, reason }, context)
}

/** What is to be done for a mailbox: its pass, or its result where STATUS already says that nothing is. Mailboxes whose
 *  STATUS was not told are examined, which says the same and more. */
function planPass(
  listed: ListedMailbox,
  mailbox: MirroredMailbox,
  { context, capabilities }: Surroundings,
): MailboxPass | MailboxResult {
  const { status } = listed
  const { epoch } = mailbox
  if (status === undefined) return new MailboxPass(listed, mailbox, 0)
  const plan = planMailbox({ epoch, server: status, capabilities, full: context.full })
  const expected = expectedMessages(plan, epoch, status)
  const { onEvent, account } = context
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
  if (plan.tier !== 'unchanged' || epoch === undefined) return new MailboxPass(listed, mailbox, expected)
  const { path } = listed
  const result = untouchedResult({
    path,
    serverMessages: status.messages,
    messages: epoch.messages,
    reason: undefined,
  })
  onEvent({ type: 'mailbox-finished', account: account.name, mailbox: result })
  return result
}

const outcomeByCode: ReadonlyMap<ErrorCode, AccountOutcome> = new Map([
  ['INTERRUPTED', 'interrupted'],
  ['BUDGET_SPENT', 'budget-spent'],
])

function outcomeOf(results: readonly MailboxResult[], error: unknown): AccountOutcome {
  if (error instanceof AppError) return outcomeByCode.get(error.code) ?? 'failed'
  return results.every(({ complete }) => complete) ? 'complete' : 'incomplete'
}

/** The statement about an account, from those about its mailboxes and the error that ended it, if any. */
export function toAccountResult(
  { account, recorder, signal }: PlanContext,
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
