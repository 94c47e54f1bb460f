import { AppError } from '../model/errors.ts'
import { chooseAccounts, parseSelector } from '../model/select.ts'
import type { AccountResult } from '../sync/events.ts'
import type { AccountMetrics, RunMetrics } from '../ui/metrics-file.ts'
import type { CommandContext } from './context.ts'
import type { StoreReader } from './store-reader.ts'
import type { MonitoredEnd } from './run-watch.ts'
import { openReaders } from './open-readers.ts'
import { accountStatus } from './sync-exit-status.ts'

/** A run in numbers. What the mirror holds and when an account was last complete, the store says: this run may have failed early.
 *  Accounts that cannot be told for want of a config are left out. */
export async function collectMetrics(
  context: CommandContext,
  selects: readonly string[],
  end: MonitoredEnd,
): Promise<RunMetrics> {
  const { status, startMs, endMs, result } = end
  const held = await heldBy(context, selects)
  const accounts = held.map((one): AccountMetrics => {
    const own = result?.accounts.find(({ name }) => name === one.name)
    return { ...one, ...runOf(own, end), startMs, endMs: end.accountEndsMs.get(one.name) ?? endMs }
  })
  return { status, complete: result?.complete === true, startMs, endMs, accounts }
}

function runOf(
  own: AccountResult | undefined,
  { status }: MonitoredEnd,
): Pick<AccountMetrics, 'complete' | 'status' | 'newMessages' | 'removed' | 'receivedOctets'> {
  const sum = (pick: (mailbox: AccountResult['mailboxes'][number]) => number): number =>
    (own?.mailboxes ?? []).reduce((total, mailbox) => total + pick(mailbox), 0)
  return {
    complete: own?.outcome === 'complete',
    status: own === undefined ? status : accountStatus(own),
    newMessages: sum((mailbox) => mailbox.newMessages),
    removed: sum((mailbox) => mailbox.removed),
    receivedOctets: own?.receivedOctets ?? 0,
  }
}

type Held = Pick<AccountMetrics, 'name' | 'messages' | 'failed' | 'lastSuccessMs'>

async function heldBy(context: CommandContext, selects: readonly string[]): Promise<readonly Held[]> {
  const config = await unlessKnown(context.loadStores())
  if (config === undefined) return []
  const { chosen } = chooseAccounts(config.accounts, selects.map(parseSelector))
  const held: Held[] = []
  for (const account of chosen) {
    using readers = await unlessKnown(openReaders(context, config, [account]))
    held.push(heldIn(readers?.of(account), account.name))
  }
  return held
}

/** undefined for what the run itself has told of already. */
async function unlessKnown<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

/** Numbers are undefined where there is no store to ask. */
function heldIn(reader: StoreReader | undefined, name: string): Held {
  const state = reader?.status([name], [])[0]
  const sum = (pick: 'messages' | 'failed'): number | undefined =>
    state?.mailboxes.reduce((total, mailbox) => total + mailbox[pick], 0)
  return { name, messages: sum('messages'), failed: sum('failed'), lastSuccessMs: reader?.lastCompleteMs(name) }
}
