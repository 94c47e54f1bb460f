import { randomBytes } from 'node:crypto'
import { chmodSync, lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ControlOffer } from './control-server.ts'

const folderPattern = /^mailmirror-(\d+)-[\w-]+$/
/** What the kernel keeps of the path of a socket. */
const mostPathOctets = 107

/** A place where a process can be asked. */
export interface ControlPlace extends ControlOffer {
  readonly folder: string
  readonly pid: number
}

/** Makes a folder that only its owner can enter, in the first of those that will have it; what processes that were killed have left there is
 *  removed. undefined: none will. */
export function makeControlPlace(bases: readonly string[]): ControlPlace | undefined {
  for (const place of findControlPlaces(bases)) if (!isAlive(place)) removeControlPlace(place)
  for (const base of bases) {
    try {
      const folder = mkdtempSync(join(base, `mailmirror-${process.pid}-`))
      const place = { folder, pid: process.pid, socket: join(folder, 'ctl'), token: randomBytes(32).toString('hex') }
      if (Buffer.byteLength(place.socket) <= mostPathOctets) {
        chmodSync(folder, 0o700)
        writeFileSync(join(folder, 'token'), place.token, { mode: 0o600 })
        return place
      }
      removeControlPlace(place)
    } catch {
      // It is not there, or is not ours.
    }
  }
  return undefined
}

export function removeControlPlace({ folder }: Pick<ControlPlace, 'folder'>): void {
  rmSync(folder, { recursive: true, force: true })
}

export function isAlive({ pid }: Pick<ControlPlace, 'pid'>): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Places of processes of ours; some may be left of processes that are no more. */
export function findControlPlaces(bases: readonly string[]): readonly ControlPlace[] {
  return [...new Set(bases)].flatMap((base) => namesIn(base).flatMap((name) => placeAt(join(base, name), name)))
}

function namesIn(base: string): readonly string[] {
  try {
    return readdirSync(base).filter((name) => folderPattern.test(name))
  } catch {
    return []
  }
}

/** A folder that others could have made is none of ours. */
function placeAt(folder: string, name: string): readonly ControlPlace[] {
  try {
    const { uid, mode } = lstatSync(folder)
    if (uid !== process.getuid?.() || (mode & 0o170777) !== 0o40700) return []
    const token = readFileSync(join(folder, 'token'), 'utf8')
    const [, pid = ''] = folderPattern.exec(name) ?? []
    return [{ folder, pid: Number(pid), socket: join(folder, 'ctl'), token }]
  } catch {
    return []
  }
}
