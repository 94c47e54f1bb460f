import type { Config } from '../model/account.ts'
import { messageOf } from '../model/errors.ts'
import { diagnose } from '../profile/diagnose.ts'
import type { Finding } from '../profile/finding.ts'
import type { RunProfile } from '../profile/run-profile.ts'
import type { RunProfiler } from '../profile/run-profiler.ts'
import type { Samples } from '../profile/samples.ts'
import { safeText } from '../ui/safe-text.ts'
import type { CommandContext } from './context.ts'
import type { Selection } from './select-accounts.ts'

interface ProfiledRun {
  readonly profiler: RunProfiler
  readonly config: Config
  readonly selection: Selection
  readonly startedAtMs: number
}

/** Keeps what was recorded of a sync. */
export async function keepProfile(context: CommandContext, run: ProfiledRun): Promise<void> {
  const profile = run.profiler.recorder.profile()
  const samples = run.profiler.finish()
  const [finding] = diagnose(profile)
  if (finding === undefined) return
  const { config, selection, startedAtMs } = run
  await saveProfile(context, { config, selection, startedAtMs, profile, finding, samples, name: 'sync' })
}

export interface ProfileToSave {
  readonly config: Config
  readonly selection: Pick<Selection, 'accounts' | 'selectors'>
  readonly startedAtMs: number
  readonly profile: RunProfile
  readonly finding: Finding
  readonly samples: Samples | undefined
  /** Of the command. */
  readonly name: string
}

/** Beside the store of the first account. What cannot be kept costs the run nothing. */
export async function saveProfile(context: CommandContext, run: ProfileToSave): Promise<void> {
  const { config, selection, startedAtMs, profile, finding, samples, name } = run
  const [account] = selection.accounts
  if (account === undefined) return
  try {
    const runs = await context.openProfileRuns(config, account.store, true)
    try {
      const about = { startedAtMs, version: context.version, node: process.version }
      runs?.save({ ...about, command: commandOf(name, selection), finding, profile }, samples)
    } finally {
      runs?.close()
    }
  } catch (error) {
    // The mirror is what matters, whatever becomes of its profile.
    if (context.options.verbosity === 0) return
    await context.terminal.err.write(`mailmirror: no profile of this run was kept: ${safeText(messageOf(error))}\n`)
  }
}

/** What a list of runs calls it: `sync work`. */
function commandOf(name: string, { selectors }: Pick<Selection, 'selectors'>): string {
  const selects = selectors.map(({ account, mailbox }) => (mailbox === undefined ? account : `${account}/${mailbox}`))
  return [name, ...selects].join(' ')
}
