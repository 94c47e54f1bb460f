import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect } from 'vitest'
import type { Account } from '../../src/model/account.ts'
import type { ExaminedMailbox, MailSource } from '../../src/sync/ports.ts'
import type { Dovecot } from '../servers/dovecot.ts'
import { mirrorState } from '../support/mirror-state.ts'
import type { MailboxesState } from '../support/mirror-state.ts'
import { accountAt, imapSource, runSync } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { serverState } from './server-state.ts'

export const user = 'ada'
export const tiers = ['QRESYNC', 'CONDSTORE', 'listing'] as const
const disabled = { QRESYNC: [], CONDSTORE: ['QRESYNC'], listing: ['CONDSTORE'] } as const

/** The source, and what each EXAMINE with a resync was answered with. */
function noting(source: MailSource, examined: ExaminedMailbox[]): MailSource {
  return {
    connect: async (account, lane, signal) => {
      const connection = await source.connect(account, lane, signal)
      const examine = connection.examine.bind(connection)
      connection.examine = async (wirePath, resync) => {
        const answer = await examine(wirePath, resync)
        if (resync !== undefined) examined.push(answer)
        return answer
      }
      return connection
    },
  }
}

/** A mirror of the same mailbox by each tier. */
export class TierMirrors {
  readonly #server: Dovecot
  readonly #directory = temporaryDirectory()
  /** Answers to EXAMINE with a resync since the last run. */
  examined: ExaminedMailbox[] = []
  /** Tiers that compared all in the last run, for fear of hidden changes. */
  suspicious: string[] = []

  constructor(server: Dovecot) {
    this.#server = server
  }

  /** A run of each; all are then equal to the server. Returns the round trips of each. */
  async sync(): Promise<Readonly<Record<string, number>>> {
    const truth = await serverState(this.#server, user)
    const roundTrips: Record<string, number> = {}
    this.examined = []
    this.suspicious = []
    for (const tier of tiers) {
      const storePath = join(this.#directory, `${tier}.db`)
      const account: Account = accountAt(this.#server.port, { connections: 1, disable: disabled[tier] })
      const source = noting(imapSource(undefined, this.#server.password), this.examined)
      const { result, events } = await runSync({ accounts: [account], storePath, source })
      expectMirrored({ tier, complete: result.complete, state: mirrorState(storePath) }, truth)
      if (events.some(({ type }) => type === 'mailbox-compared')) this.suspicious.push(tier)
      roundTrips[tier] = result.accounts[0]?.roundTrips ?? NaN
    }
    return roundTrips
  }

  /** Of INBOX, as the cursors have it. */
  get highestModseqs(): Readonly<Record<string, bigint | null>> {
    return Object.fromEntries(tiers.map((tier) => [tier, highestModseq(join(this.#directory, `${tier}.db`))]))
  }

  removed(tier: string): readonly string[] {
    return Object.keys(mirrorState(join(this.#directory, `${tier}.db`), 'removed'))
  }
}

function highestModseq(storePath: string): bigint | null {
  const database = new Sqlite(storePath, { readonly: true })
  try {
    const read = database.prepare<[], bigint | null>("SELECT highest_modseq FROM epoch WHERE state = 'current'")
    return read.pluck().safeIntegers().get() ?? null
  } finally {
    database.close()
  }
}

interface Mirrored {
  readonly tier: string
  readonly complete: boolean
  readonly state: MailboxesState
}

function expectMirrored(mirrored: Mirrored, state: MailboxesState): void {
  expect(mirrored).toEqual({ tier: mirrored.tier, complete: true, state })
}
