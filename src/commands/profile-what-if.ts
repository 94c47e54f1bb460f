import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { connectionsUsed } from '../profile/connections-used.ts'
import { predict } from '../profile/what-if.ts'
import type { Probe } from '../profile/what-if.ts'
import { whatIfLines } from '../ui/what-if-lines.ts'
import type { CommandContext } from './context.ts'
import { findRun, noSuchRun, withRuns } from './find-run.ts'

export interface WhatIfFlags {
  readonly connections?: number
  readonly batch?: number
}

/** `profile whatif`. */
export async function whatIf(
  context: CommandContext,
  id: number | undefined,
  { connections: asked, batch }: WhatIfFlags,
): Promise<ExitStatus> {
  if (asked === undefined && batch === undefined) {
    throw new AppError({
      code: 'USAGE',
      message: 'profile whatif needs to know what would be different',
      hint: '`--connections 8`, `--batch 200`, or both',
    })
  }
  const run = await findRun(context, id)
  const { commands, elapsedMicros } = run.profile
  if (commands.length === 0) throw noSuchRun('the commands of this run are not kept any more')
  const connections = asked ?? connectionsUsed(commands)
  const probes: Probe[] = []
  await withRuns(context, (runs) => {
    for (const other of runs.list()) {
      if (other.command !== run.command || other.startedAtMs === run.startedAtMs) continue
      const { profile } = runs.load(other.id) ?? {}
      if (profile !== undefined && profile.commands.length > 0) probes.push({ id: other.id, profile })
    }
  })
  const prediction = predict(run.profile, { connections, batch, probes })
  const lines = whatIfLines({ ...prediction, connections, batch, elapsedMicros }, context.options)
  await context.terminal.out.write(lines.map((line) => `${line}\n`).join(''))
  return exitStatus.done
}
