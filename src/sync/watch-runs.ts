import type { LaneRecorder, LaneTotals } from '../model/lane.ts'
import type { AccountOutcome, AccountResult, MailboxResult } from './events.ts'
import type { AccountRunRecord, MirrorStore } from './ports.ts'

/** What an account has done since the run began. */
interface Share {
  readonly before: LaneTotals
  readonly counts: { newMessages: number; downloadedOctets: number; flagChanges: number; removed: number }
  /** By path: the latest statement about each. */
  readonly mailboxes: Map<string, MailboxResult>
}

const noTotals: LaneTotals = { roundTrips: 0, receivedOctets: 0, sentOctets: 0, microsByState: {}, blameByState: {} }

/** The runs of a watch in one store: one after the other, so that none is endless and each says how it went. */
export class WatchRuns {
  readonly #store: MirrorStore
  readonly #recorder: LaneRecorder
  #shares = new Map<string, Share>()
  /** How the last full pass of each account ended. */
  readonly #outcomes = new Map<string, Pick<AccountResult, 'outcome' | 'error'>>()

  constructor(store: MirrorStore, recorder: LaneRecorder) {
    this.#store = store
    this.#recorder = recorder
  }

  async begin(accounts: readonly string[]): Promise<void> {
    const before = this.#shares
    this.#shares = new Map(
      accounts.map((account) => [
        account,
        {
          before: before.has(account) ? this.#recorder.totals(account) : noTotals,
          counts: { newMessages: 0, downloadedOctets: 0, flagChanges: 0, removed: 0 },
          mailboxes: new Map(),
        },
      ]),
    )
    for (const account of this.#outcomes.keys()) if (!this.#shares.has(account)) this.#outcomes.delete(account)
    await this.#store.beginRun(accounts)
  }

  mailboxFinished(account: string, result: MailboxResult): void {
    const share = this.#shares.get(account)
    if (share === undefined) return
    share.mailboxes.set(result.path, result)
    share.counts.newMessages += result.newMessages
    share.counts.downloadedOctets += result.downloadedOctets
    share.counts.flagChanges += result.flagChanges
    share.counts.removed += result.removed
  }

  accountFinished({ name, outcome, error }: AccountResult): void {
    this.#outcomes.set(name, error === undefined ? { outcome } : { outcome, error })
  }

  /** `isLast`: what was under way is interrupted. */
  async end(isLast: boolean): Promise<void> {
    const records = [...this.#shares].map(([account, share]) => this.#recordOf(account, share, isLast))
    const isComplete = records.every(({ outcome }) => outcome === 'complete')
    await this.#store.finishRun(isComplete ? 'complete' : isLast ? 'interrupted' : 'incomplete', records)
  }

  #recordOf(account: string, { before, counts, mailboxes }: Share, isLast: boolean): AccountRunRecord {
    const now = this.#recorder.totals(account)
    const results = [...mailboxes.values()]
    const sum = (of: (mailbox: MailboxResult) => number): number =>
      results.reduce((total, mailbox) => total + of(mailbox), 0)
    const last = this.#outcomes.get(account)
    const unfinished: AccountOutcome = isLast ? 'interrupted' : 'incomplete'
    return {
      account,
      outcome: last === undefined || (isLast && last.outcome === 'interrupted') ? unfinished : last.outcome,
      counts: {
        ...counts,
        mailboxes: results.length,
        messages: sum(({ messages }) => messages),
        failed: sum(({ failed }) => failed.length),
        refused: sum(({ refused }) => refused),
      },
      roundTrips: now.roundTrips - before.roundTrips,
      receivedOctets: now.receivedOctets - before.receivedOctets,
      sentOctets: now.sentOctets - before.sentOctets,
      microsByState: difference(now.microsByState, before.microsByState),
      blameByState: difference(now.blameByState, before.blameByState),
      error: last?.error?.message,
      mailboxes: results.map(({ path, reason }) => ({ path, reason })),
    }
  }
}

function difference(
  now: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(now).flatMap(([state, value]) => {
      const more = value - (before[state] ?? 0)
      return more > 0 ? [[state, more]] : []
    }),
  )
}
