import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { simulate } from '../profile/simulate.ts'
import { whatIfLines } from '../ui/profile-page.ts'
import type { CommandContext } from './context.ts'
import { findRun, noSuchRun } from './find-run.ts'

export interface WhatIfFlags {
  readonly connections: number
}

/** `profile whatif`. */
export async function whatIf(
  context: CommandContext,
  id: number | undefined,
  { connections }: WhatIfFlags,
): Promise<ExitStatus> {
  const { profile } = await findRun(context, id)
  const { commands, lanes, elapsedMicros } = profile
  if (commands.length === 0) throw noSuchRun('the commands of this run are not kept any more')
  const received = commands.reduce((sum, one) => sum + one.receivedOctets, 0)
  // What all connections got together: if that was the limit, more of them get no more.
  const totalRate = received / Math.max(1, elapsedMicros)
  const now = simulate(commands, { connections: Math.max(1, lanes) })
  // What a replay does not explain, logins and the store among them, stays as it was.
  const rest = Math.max(0, elapsedMicros - now)
  const best = rest + simulate(commands, { connections })
  const shared = rest + simulate(commands, { connections, totalRate })
  const worst = Math.max(best, connections > lanes ? Math.min(elapsedMicros, shared) : shared)
  const lines = whatIfLines({ connections, lanes, elapsedMicros, now, best, worst }, context.options)
  await context.terminal.out.write(lines.map((line) => `${line}\n`).join(''))
  return exitStatus.done
}
