import { codeToExitStatus, exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { AccountResult, SyncFinished } from '../sync/events.ts'

/** With which status a run ends. A signal decides unless everything was complete all the same; accounts that end alike
 *  end the run so; accounts that end differently end it with 1, and so does an index that could not be written, or a message that
 *  could not be sent. */
export function syncExitStatus(result: SyncFinished, interruptedWith: ExitStatus | undefined): ExitStatus {
  const isTroubled = result.index?.some(({ error }) => error !== undefined) === true || hasUnsent(result)
  if (result.complete) return isTroubled ? exitStatus.incomplete : exitStatus.done
  if (interruptedWith !== undefined) return interruptedWith
  const statuses = new Set(result.accounts.map(accountStatus))
  const [only] = statuses
  return statuses.size === 1 && only !== undefined && only !== exitStatus.done ? only : exitStatus.incomplete
}

const hasUnsent = ({ sending }: SyncFinished): boolean => (sending?.unsent.length ?? 0) > 0

/** A dry run is done where it could plan: that the mirror is not complete yet is what it was asked to tell. */
export function plannedResult(result: SyncFinished): SyncFinished {
  const accounts = result.accounts.map((account): AccountResult =>
    account.error === undefined ? { ...account, outcome: 'complete' } : account,
  )
  return { ...result, accounts, complete: accounts.every(({ outcome }) => outcome === 'complete') }
}

/** How an account's part of a run would end a run of its own. */
export function accountStatus({ outcome, error }: AccountResult): ExitStatus {
  if (outcome === 'complete') return exitStatus.done
  if (outcome === 'incomplete' || outcome === 'interrupted' || error === undefined) return exitStatus.incomplete
  return error.code === 'INTERNAL' ? exitStatus.bug : codeToExitStatus(error.code)
}
