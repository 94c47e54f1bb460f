import type { Stats } from 'node:fs'
import { constants, open, type FileHandle } from 'node:fs/promises'
import { AppError, messageOf } from '../model/errors.ts'
import { maxOctets, octetsToPassword, unavailable } from './password-text.ts'

interface PasswordFileRules {
  /** How it is called in errors. */
  readonly where?: string
  /** Nobody else can reach it, so its modes do not matter. */
  readonly isPrivatePlace?: boolean
}

/** The password in a file that is ours (or root's) and that nobody else can read or change, else CONFIG_UNSAFE (S07).
 *  One line break at its end does not count. */
export async function readPasswordFile(
  path: string,
  { where = `the file ${path}`, isPrivatePlace = false }: PasswordFileRules = {},
): Promise<string> {
  const file = await openFile(path, where)
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw unavailable(where, 'it is not a regular file')
    if (!isPrivatePlace) refuseOthers(path, stats)
    return octetsToPassword(await readBounded(file, where), where)
  } finally {
    await file.close()
  }
}

async function openFile(path: string, where: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK, opening a pipe would wait for its writer.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    throw unavailable(where, messageOf(cause), { cause })
  }
}

function refuseOthers(path: string, { mode, uid }: Stats): void {
  const own = process.geteuid?.()
  if (own === undefined) return
  if ((mode & 0o066) !== 0) {
    throw unsafe(
      `the password file ${path} can be read or changed by other users`,
      `run: chmod 600 '${path.replaceAll("'", String.raw`'\''`)}'`,
    )
  }
  if (uid !== own && uid !== 0) {
    throw unsafe(`the password file ${path} belongs to another user`, 'make a file of your own')
  }
}

function unsafe(message: string, hint: string): AppError {
  return new AppError({ code: 'CONFIG_UNSAFE', message, hint })
}

async function readBounded(file: FileHandle, where: string): Promise<Uint8Array> {
  const octets = new Uint8Array(maxOctets + 1)
  let length = 0
  try {
    for (let read = -1; read !== 0 && length < octets.length; length += read) {
      read = (await file.read(octets, length, octets.length - length)).bytesRead
    }
  } catch (cause) {
    throw unavailable(where, messageOf(cause), { cause })
  }
  if (length > maxOctets) throw unavailable(where, 'it is larger than 64 KiB')
  return octets.subarray(0, length)
}
