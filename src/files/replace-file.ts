import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { AppError } from '../model/errors.ts'

/** Writes a file that its owner alone can read, unless the mode says otherwise; one of that name, or a link, is replaced when the new one is whole, and what a link
 *  led to is left alone (S10). Gives the path. Throws STORE_IO; then nothing has changed. */
export async function replaceFile(path: string, content: string | Uint8Array, mode = 0o600): Promise<string> {
  const temporary = `${path}.${randomUUID()}.part`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      // What others may read does not depend on the umask.
      if (mode !== 0o600) await file.chmod(mode)
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    return path
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw new AppError({
      code: 'STORE_IO',
      message: `could not write ${path}: ${error instanceof Error ? error.message : String(error)}`,
      hint: 'check that its folder is there, may be written and has room',
      cause: error,
    })
  }
}
