import { AppError } from '../model/errors.ts'
import type { ProfileRuns, StoredRun } from '../profile/profile-runs.ts'
import type { CommandContext } from './context.ts'

/** The run of that number, or the last. Throws NO_SUCH_RUN. */
export async function findRun(context: CommandContext, id: number | undefined): Promise<StoredRun> {
  const found: StoredRun[] = []
  await withRuns(context, (runs) => {
    const wanted = id ?? runs.list()[0]?.id
    const run = wanted === undefined ? undefined : runs.load(wanted)
    if (run !== undefined) found.push(run)
  })
  const [newest] = found.toSorted((one, other) => other.startedAtMs - one.startedAtMs)
  if (newest !== undefined) return newest
  throw noSuchRun(id === undefined ? 'no run has been recorded yet' : `there is no run ${id}`)
}

/** Hands the runs of each store that has any to `use`, one store after the other. */
export async function withRuns(context: CommandContext, use: (runs: ProfileRuns) => void): Promise<void> {
  const config = await context.loadStores()
  for (const path of new Set(config.accounts.map(({ store }) => store))) {
    const runs = await context.openProfileRuns(config, path, false)
    try {
      if (runs !== undefined) use(runs)
    } finally {
      runs?.close()
    }
  }
}

export function noSuchRun(message: string): AppError {
  return new AppError({
    code: 'NO_SUCH_RUN',
    message,
    hint: '`mailmirror profile list` has those that are kept; a sync or a watch records one',
  })
}
