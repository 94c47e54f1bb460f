import { codeToExitStatus, exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { AccountResult, SyncFinished } from '../sync/events.ts'

/** With which status a run ends. A signal decides unless everything was complete all the same; accounts that end alike
 *  end the run so; accounts that end differently end it with 1. */
export function syncExitStatus(result: SyncFinished, interruptedWith: ExitStatus | undefined): ExitStatus {
  if (result.complete) return exitStatus.done
  if (interruptedWith !== undefined) return interruptedWith
  const statuses = new Set(result.accounts.map(accountStatus))
  const [only] = statuses
  return statuses.size === 1 && only !== undefined && only !== exitStatus.done ? only : exitStatus.incomplete
}

function accountStatus({ outcome, error }: AccountResult): ExitStatus {
  if (outcome === 'complete') return exitStatus.done
  if (outcome !== 'failed' || error === undefined) return exitStatus.incomplete
  return error.code === 'INTERNAL' ? exitStatus.bug : codeToExitStatus(error.code)
}
