import type { Config } from '../model/account.ts'
import { messageOf } from '../model/errors.ts'
import { diagnose } from '../profile/diagnose.ts'
import type { RunProfiler } from '../profile/run-profiler.ts'
import { safeText } from '../ui/safe-text.ts'
import type { CommandContext } from './context.ts'
import type { Selection } from './select-accounts.ts'

interface ProfiledRun {
  readonly profiler: RunProfiler
  readonly config: Config
  readonly selection: Selection
  readonly startedAtMs: number
}

/** Keeps what was recorded beside the store of the first account. What cannot be kept costs the run nothing. */
export async function keepProfile(context: CommandContext, run: ProfiledRun): Promise<void> {
  const { profiler, config, selection, startedAtMs } = run
  const profile = profiler.recorder.profile()
  const samples = profiler.finish()
  const [account] = selection.accounts
  if (account === undefined) return
  try {
    const runs = await context.openProfileRuns(config, account.store, true)
    try {
      const [finding] = diagnose(profile)
      const about = { startedAtMs, version: context.version, node: process.version, command: commandOf(selection) }
      if (finding !== undefined) runs?.save({ ...about, finding, profile }, samples)
    } finally {
      runs?.close()
    }
  } catch (error) {
    // The sync is done, whatever becomes of its profile.
    if (context.options.verbosity === 0) return
    await context.terminal.err.write(`mailmirror: no profile of this run was kept: ${safeText(messageOf(error))}\n`)
  }
}

/** What a list of runs calls it: `sync work`. */
function commandOf({ selectors }: Selection): string {
  const selects = selectors.map(({ account, mailbox }) => (mailbox === undefined ? account : `${account}/${mailbox}`))
  return ['sync', ...selects].join(' ')
}
