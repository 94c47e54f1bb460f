import { Command } from 'commander'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { CommandContext } from './context.ts'
import { addSamples, reportRun } from './profile-runs.ts'
import { defineSync } from './sync.ts'

/** Of the main thread, under `profile -- sync`. */
const sampledEveryMicros = 1000

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
  defineSync(inner, { run: async (action) => void (status = await action(context)) })
  const { Sampler } = await import('../profile/sampler.ts')
  const sinceMs = context.nowMs()
  const sampler = new Sampler(sampledEveryMicros)
  let isRecorded = false
  try {
    await inner.parseAsync(words.slice(1), { from: 'user' })
  } finally {
    isRecorded = await addSamples(context, sampler.stop(), sinceMs)
  }
  if (isRecorded) await reportRun(context, undefined, { toStderr: true })
  else await context.terminal.err.write('mailmirror: no run was recorded, so there is no report\n')
  return status
}
