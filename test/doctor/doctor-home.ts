import { dirname } from 'node:path'
import { parsed } from '../support/mirrored-home.ts'
import { runCommand, writeHome } from '../support/run-command.ts'
import type { CommandResult } from '../support/run-command.ts'
import type { FaultStage } from '../sync/fault-stage.ts'

/** A line of `doctor --json`. */
export interface FoundCheck {
  readonly check: string
  readonly state: string
  readonly text: string
  readonly remedy?: string
  readonly account?: string
}

/** What `doctor --json` printed. */
export function checksOf({ stdout }: CommandResult): readonly FoundCheck[] {
  const { checks } = parsed(stdout)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is said to be printed; the tests look
  return checks as readonly FoundCheck[]
}

/** Findings of one check, as `state text`. */
export function found(result: CommandResult, check: string): readonly string[] {
  return checksOf(result)
    .filter((one) => one.check === check)
    .map(({ state, text }) => `${state} ${text}`)
}

/** A command for the store and the server of a stage. */
export async function commandOf(stage: FaultStage, ...args: readonly string[]): Promise<CommandResult> {
  const { config } = writeHome(dirname(stage.storePath), stage.server.port, 'connections = 4')
  return runCommand(['-c', config, ...args])
}

/** `doctor --json` for them. */
export async function doctorOf(stage: FaultStage, ...options: readonly string[]): Promise<CommandResult> {
  return commandOf(stage, 'doctor', '--json', ...options)
}
