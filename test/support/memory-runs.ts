import type { AccountHistory, AccountRunRecord, HistoryNote, RunId } from '../../src/sync/ports.ts'
import type { MirrorState } from './store-contents.ts'

type Run = { outcome: string | undefined; readonly accounts: Map<string, string | undefined> }

/** Runs, and what they have noted of accounts and their servers, on a day that never ends. */
export class MemoryRuns {
  readonly #runs: Run[] = []
  readonly #notes = new Map<string, { readonly receivedOctets: number; readonly connections?: number }>()

  begin(accounts: readonly string[]): RunId {
    const last = this.#runs.at(-1)
    if (last !== undefined && last.outcome === undefined) {
      last.outcome = 'killed'
      for (const [account, outcome] of last.accounts) last.accounts.set(account, outcome ?? 'killed')
    }
    const run = { outcome: undefined, accounts: new Map(accounts.map((name) => [name, undefined])) }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the number of a run that is made here
    return this.#runs.push(run) as RunId
  }

  finish(outcome: string, accounts: readonly AccountRunRecord[]): void {
    const run = this.#runs.at(-1)
    if (run === undefined) throw new Error('no run has begun')
    run.outcome = outcome
    for (const record of accounts) run.accounts.set(record.account, record.outcome)
  }

  history(account: string): AccountHistory {
    const { receivedOctets = 0, connections } = this.#notes.get(account) ?? {}
    const received = receivedOctets === 0 ? [] : [{ octets: receivedOctets, untilMs: 25 * 60 * 60_000 }]
    return { nowMs: 0, received, connections, probed: undefined }
  }

  note(account: string, { receivedOctets = 0, connections }: HistoryNote): void {
    const before = this.#notes.get(account) ?? { receivedOctets: 0 }
    this.#notes.set(account, {
      ...before,
      receivedOctets: before.receivedOctets + receivedOctets,
      ...(connections === undefined ? {} : { connections }),
    })
  }

  get state(): MirrorState['runs'] {
    return this.#runs.map(({ outcome, accounts }) => ({
      outcome,
      accounts: [...accounts].map(([account, its]) => ({ account, outcome: its })),
    }))
  }
}
