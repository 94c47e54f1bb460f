import { Command } from 'commander'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { CommandContext, GlobalOptions } from './context.ts'
import { withRuns } from './find-run.ts'
import { toGlobalOptions } from './global-flags.ts'
import type { GlobalFlags } from './global-flags.ts'
import { globalOptions } from './global-options.ts'
import { reportRun } from './report-run.ts'
import { defineSync } from './sync.ts'

/** The sync's own status and output; the report follows on stderr. */
export async function profileSync(context: CommandContext, words: readonly string[]): Promise<ExitStatus> {
  if (words[0] !== 'sync') {
    throw new AppError({
      code: 'USAGE',
      message: words.length === 0 ? 'profile needs a command' : `profile does not know "${words.join(' ')}"`,
      hint: '`profile report`, `profile list`, or `profile -- sync`',
    })
  }
  let status: ExitStatus = exitStatus.done
  const inner = new Command('sync').argument('[select...]').exitOverride()
  for (const option of globalOptions()) inner.addOption(option)
  defineSync(inner, {
    run: async (action) => {
      const own = context.withOptions(givenOptions(inner.opts<GlobalFlags>()))
      status = await action({
        ...own,
        createRunProfiler: (_mode, stores) => context.createRunProfiler('closely', stores),
      })
    },
  })
  const sinceMs = context.nowMs()
  await inner.parseAsync(words.slice(1), { from: 'user' })
  if (await isKept(context, sinceMs)) await reportRun(context, undefined, { toStderr: true })
  else await context.terminal.err.write('mailmirror: no run was recorded, so there is no report\n')
  return status
}

/** Those that stand behind `sync`; the others are as they stand before `profile`. */
function givenOptions(flags: GlobalFlags): Partial<GlobalOptions> {
  const given = new Set(Object.keys(flags).map((name) => (name === 'verbose' ? 'verbosity' : name)))
  return Object.fromEntries(Object.entries(toGlobalOptions(flags)).filter(([name]) => given.has(name)))
}

/** Whether the newest run began after that instant. */
async function isKept(context: CommandContext, sinceMs: number): Promise<boolean> {
  let found = false
  await withRuns(context, (runs) => (found ||= (runs.list()[0]?.startedAtMs ?? 0) >= sinceMs))
  return found
}
