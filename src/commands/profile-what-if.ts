import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { simulate, transferMicros } from '../profile/simulate.ts'
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
  // What all connections got together while they received: if that was the limit, more of them get no more.
  const received = commands.reduce((sum, one) => sum + one.receivedOctets, 0)
  const receiving = commands.reduce((sum, one) => sum + transferMicros(one), 0)
  const totalRate = received / Math.max(1, receiving / Math.max(1, lanes))
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
