import { link, lstat, open, rename, rm } from 'node:fs/promises'
import { AppError, messageOf } from '../model/errors.ts'

/** Where a file grows until it gets its name. */
export function partialOf(path: string): string {
  return `${path}.partial`
}

/** Whether something has this name, be it a link that leads nowhere. */
export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

/** Throws STORE_IO for the first of them that is there. `hint` says what to do about it. */
export async function refuseExisting(paths: readonly string[], hint: string): Promise<void> {
  for (const path of paths) {
    if (!(await exists(path))) continue
    throw new AppError({
      code: 'STORE_IO',
      message: `could not export to ${path}: it is there already`,
      hint,
    })
  }
}

/** Never replaces a file, even one that has come in between; where the file system has no links, that cannot be told. Throws
 *  STORE_IO. */
export async function renameNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
    await rm(from)
  } catch {
    await refuseExisting([to], 'move it away, then run the same command with --resume')
    await rename(from, to)
  }
}

/** A name is on the disk when its folder is; systems on which a folder cannot be opened do that by themselves. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}

/** Whatever fails is an error that names the file. */
export async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError) throw error
    const isFull = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    throw new AppError({
      code: isFull ? 'STORE_FULL' : 'STORE_IO',
      message: `could not write ${path}: ${messageOf(error)}`,
      hint: isFull
        ? 'free some space, then run the same command with --resume'
        : 'check that its folder may be written',
      cause: error,
    })
  }
}

/** An export into a folder goes on only with what was asked for before. */
export function askedForSomethingElse(path: string): AppError {
  return new AppError({
    code: 'STORE_IO',
    message: `the export in ${path} was asked for something else`,
    hint: 'give the format and the query of the first export, or name another folder',
  })
}
