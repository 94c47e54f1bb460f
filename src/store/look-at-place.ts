import { access, constants, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError, messageOf } from '../model/errors.ts'
import type { FoundPath, FoundPlace } from '../doctor/ports.ts'
import { canonicalStorePath, networkFileSystemOf } from './file-safety.ts'
import { indexPathOf, profilePathOf } from './open-database.ts'

/** undefined: there is no such file. */
export async function lookAtPath(path: string): Promise<FoundPath | undefined> {
  try {
    const stats = await stat(path)
    const own = process.geteuid?.()
    const hasModes = process.platform !== 'win32'
    return {
      path,
      isFolder: stats.isDirectory(),
      mode: hasModes ? stats.mode & 0o7777 : undefined,
      isForeign: own !== undefined && own !== 0 && stats.uid !== own && stats.uid !== 0,
    }
  } catch (error) {
    if (/^(?:ENOENT|ENOTDIR)$/.test(codeOf(error))) return undefined
    throw unreadable(path, error)
  }
}

/** The folder in which a store lies or will lie, or the nearest one above it that is there. Nothing is made. */
export async function lookAtPlace(storePath: string): Promise<FoundPlace> {
  let folder = dirname(canonicalOrNamed(storePath))
  while ((await lookAtPath(folder)) === undefined && dirname(folder) !== folder) folder = dirname(folder)
  try {
    const { bavail, bsize } = await statfs(folder)
    return {
      folder,
      refusal: await refusalIn(folder),
      freeOctets: bavail * bsize,
      network: networkFileSystemOf(folder),
    }
  } catch (error) {
    throw unreadable(folder, error)
  }
}

/** The files of a store that are there. */
export async function lookAtStoreFiles(storePath: string): Promise<readonly FoundPath[]> {
  const path = canonicalOrNamed(storePath)
  const databases = [path, `${path}.lock`, siblingOf(path, indexPathOf), siblingOf(path, profilePathOf)]
  const names = databases.flatMap((name) => [name, `${name}-wal`, `${name}-shm`])
  const files = await Promise.all(names.map(lookAtPath))
  return files.filter((file) => file !== undefined)
}

/** A link that leads nowhere has no canonical path. */
function canonicalOrNamed(path: string): string {
  return siblingOf(path, canonicalStorePath)
}

function siblingOf(path: string, nameOf: (path: string) => string): string {
  try {
    return nameOf(path)
  } catch (error) {
    if (error instanceof AppError) return path
    throw error
  }
}

async function refusalIn(folder: string): Promise<string | undefined> {
  if ((await lookAtPath(folder))?.isFolder === false) return 'ENOTDIR'
  try {
    await access(folder, constants.W_OK | constants.X_OK)
    return undefined
  } catch (error) {
    return codeOf(error)
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

function unreadable(path: string, error: unknown): AppError {
  return new AppError({
    code: 'STORE_IO',
    message: `could not look at ${path}: ${messageOf(error)}`,
    hint: 'check the owner and modes of the folders above it',
    cause: error,
  })
}
