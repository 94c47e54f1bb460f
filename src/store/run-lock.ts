import { hostname } from 'node:os'
import type { LockOwner as HeldBy } from '../doctor/ports.ts'
import { AppError } from '../model/errors.ts'
import { canonicalStorePath } from './file-safety.ts'
import type { FileRules } from './file-safety.ts'
import { programOf } from './lock-holder.ts'
import { OwnedLock } from './owned-lock.ts'
import type { LockOwner } from './owned-lock.ts'

/** Keeps two syncs of one store apart: a lock on a file beside the store. Throws STORE_LOCKED naming the owner. */
export function takeRunLock(storePath: string, rules: FileRules, startedAt: string): Disposable {
  const taken = OwnedLock.take(`${storePath}.lock`, rules, startedAt)
  if (taken instanceof OwnedLock) return taken
  throw lockedBy(taken, storePath)
}

/** Who holds the run lock of a store; undefined: nobody does. Makes nothing. */
export function runLockOwner(storePath: string): HeldBy | undefined {
  const owner = OwnedLock.ownerOf(`${canonicalStorePath(storePath)}.lock`)
  if (owner === undefined) return undefined
  const { pid, host, started: since } = owner
  return { pid, host, since, program: programAt(owner) }
}

const programAt = ({ pid, host }: LockOwner): string => (pid !== undefined && host === hostname() ? programOf(pid) : '')

function lockedBy({ pid, host, started }: LockOwner, storePath: string): AppError {
  const owner = `process ${pid ?? '?'} on ${host ?? '?'}, since ${started ?? '?'}`
  return new AppError({
    code: 'STORE_LOCKED',
    message: `another mailmirror holds the store ${storePath}: ${owner}`,
    hint: 'wait until it has finished: `sync --wait` does; a `watch` goes on until you end it',
    holder: pid === undefined ? undefined : { pid, program: programAt({ pid, host, started }) },
  })
}
