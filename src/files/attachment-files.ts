import { mkdir, open, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../model/errors.ts'

const longestName = 150
const mostTries = 1000

/** A file name for an attachment, whatever its sender called it: its part number, then what is harmless of the name. The number
 *  makes it its own within a message, on every system and in any case, and no name that begins so is reserved (S11, S12). At most
 *  200 octets. */
export function attachmentFileName(part: string, name: string | undefined): string {
  const kept = (name ?? '').normalize('NFC').replaceAll(/[^\p{L}\p{M}\p{N}._ -]/gu, '_')
  let cut = ''
  for (const character of kept.replaceAll(/_{2,}/g, '_').replaceAll(/^[\s.]+|[\s.]+$/g, '')) {
    if (Buffer.byteLength(cut + character) > longestName) break
    cut += character
  }
  return `part-${part}-${cut}`.replaceAll(/[\s.-]+$/g, '')
}

/** Writes a new file of that name into the folder, which is made where it is missing; one that exists is left alone and the new
 *  one gets a number. Readable by its owner only. Gives the path. Throws STORE_IO where that cannot be done. */
export async function writeAttachment(folder: string, name: string, data: Uint8Array): Promise<string> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return await writeNumbered(await realpath(folder), name, data)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new AppError({
      code: 'STORE_IO',
      message: `could not write an attachment into ${folder}: ${reason}`,
      hint: 'check that it is a folder, may be written and has room',
      cause: error,
    })
  }
}

async function writeNumbered(folder: string, name: string, data: Uint8Array): Promise<string> {
  for (let number = 1; number <= mostTries; number++) {
    const path = join(folder, number === 1 ? name : `${number}-${name}`)
    if (await writeNew(path, data)) return path
  }
  throw new Error(`it has ${mostTries} files of that name`)
}

/** Neither a file nor a link that is there is ever followed or changed (S10). false: something has this name. */
async function writeNew(path: string, data: Uint8Array): Promise<boolean> {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined
    throw error
  })
  if (file === undefined) return false
  try {
    await file.writeFile(data)
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
  return true
}
