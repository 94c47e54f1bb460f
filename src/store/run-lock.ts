import { hostname } from 'node:os'
import { AppError } from '../model/errors.ts'
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

function lockedBy({ pid, host, started }: LockOwner, storePath: string): AppError {
  const owner = `process ${pid ?? '?'} on ${host ?? '?'}, since ${started ?? '?'}`
  return new AppError({
    code: 'STORE_LOCKED',
    message: `another mailmirror holds the store ${storePath}: ${owner}`,
    hint: 'wait until it has finished, or use `--wait`',
    holder: pid === undefined ? undefined : { pid, program: host === hostname() ? programOf(pid) : '' },
  })
}
