import type { Database } from 'better-sqlite3'
import { globMatches } from '../model/glob.ts'
import { parseTexts } from './stored-values.ts'

interface EpochRow {
  readonly id: number
  readonly path: string
  readonly account: string
}

/** What names in a query stand for in one store. */
export interface NamedPlaces {
  readonly epochsOfMailboxes: (glob: string) => readonly number[]
  readonly epochsOfAccounts: (glob: string) => readonly number[]
  /** Of the accounts with exactly these names. */
  epochsOf(accounts: readonly string[]): readonly number[]
  /** The lists of labels, as placements hold them, in which one matches. */
  labelLists(glob: string): readonly string[]
}

/** Reads what it needs when it is asked; keeps it for one query. */
export function namedPlaces(database: Database): NamedPlaces {
  let epochs: readonly EpochRow[] | undefined
  const allEpochs = (): readonly EpochRow[] =>
    (epochs ??= database
      .prepare<[], EpochRow>(
        `SELECT epoch.id, mailbox.path, account.name AS account
         FROM epoch JOIN mailbox ON mailbox.id = epoch.mailbox JOIN account ON account.id = mailbox.account`,
      )
      .all())
  const epochsWhere = (isMeant: (epoch: EpochRow) => boolean): readonly number[] =>
    allEpochs()
      .filter(isMeant)
      .map(({ id }) => id)
  return {
    epochsOfMailboxes: (glob) => {
      const meant = matching(
        glob,
        allEpochs().map(({ path }) => path),
      )
      return epochsWhere(({ path }) => meant.has(path))
    },
    epochsOfAccounts: (glob) => {
      const meant = matching(
        glob,
        allEpochs().map(({ account }) => account),
      )
      return epochsWhere(({ account }) => meant.has(account))
    },
    epochsOf: (accounts) => epochsWhere(({ account }) => accounts.includes(account)),
    labelLists(glob) {
      const lists = database
        .prepare<[], string>('SELECT DISTINCT labels FROM placement WHERE labels IS NOT NULL')
        .pluck()
        .all()
        .map((json) => ({ json, labels: parseTexts(json) }))
      const meant = matching(
        glob,
        lists.flatMap(({ labels }) => labels),
      )
      return lists.filter(({ labels }) => labels.some((label) => meant.has(label))).map(({ json }) => json)
    },
  }
}

/** See `PlacementQuery`: case counts where a name is written as the glob is. */
function matching(glob: string, names: readonly string[]): ReadonlySet<string> {
  const exact = names.filter((name) => globMatches(glob, name))
  if (exact.length > 0) return new Set(exact)
  const folded = glob.toLowerCase()
  return new Set(names.filter((name) => globMatches(folded, name.toLowerCase())))
}
