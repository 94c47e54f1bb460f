import type { Account, Config } from '../model/account.ts'
import type { AppError } from '../model/errors.ts'
import { codeToExitStatus, exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { flushReporter } from '../ui/flush-page.ts'
import type { CommandContext } from './context.ts'
import { flushOutboxes } from './flush-outboxes.ts'
import { outboxNames } from './outbox-names.ts'
import type { SendParts } from './send-parts.ts'

export interface ReportedFlush {
  readonly config: Config
  readonly parts: SendParts
  readonly accounts: readonly Account[]
  /** The message by which the exit status goes; undefined: all. */
  readonly only: number | undefined
}

/** For so long a server is waited for that wants to be asked later, as long as nothing goes out. */
const patienceMs = 10 * 60_000

/** Sends what is due and tells what becomes of it. */
export async function flushReported(
  context: CommandContext,
  { config, parts, accounts, only }: ReportedFlush,
): Promise<ExitStatus> {
  const names = outboxNames(config)
  const storeOf = new Map(accounts.map(({ name, store }) => [name, store]))
  const reporter = flushReporter(context.options, context.terminal, ({ account, id }) =>
    names.nameOf(storeOf.get(account) ?? '', id),
  )
  const { signal } = context
  await flushOutboxes(context, { config, parts, accounts, signal, patienceMs, onEvent: reporter.onEvent })
  const { unsent, stopped, isBusy } = await reporter.finish()
  if (unsent.some(({ id }) => only === undefined || id === only)) return exitStatus.incomplete
  return isBusy ? exitStatus.tryLater : stoppedStatus(stopped)
}

/** Accounts that end alike end it so. */
function stoppedStatus(stopped: readonly AppError[]): ExitStatus {
  const statuses = new Set(stopped.map(({ code }) => codeToExitStatus(code)))
  const [status] = statuses
  if (status === undefined) return exitStatus.done
  return statuses.size === 1 ? status : exitStatus.incomplete
}
