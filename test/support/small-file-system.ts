import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { succeeds } from '../store/child.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const mount = (directory: string, octets: number): boolean =>
  succeeds('mount', '-t', 'tmpfs', '-o', `size=${octets},mode=0700`, 'tmpfs', directory)

function tryToMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'mailmirror-mount-'))
  const isMounted = mount(directory, 100_000)
  if (isMounted) succeeds('umount', directory)
  rmdirSync(directory)
  return isMounted
}

/** For `test.skipIf`: only root may. */
export const canMount = tryToMount()

/** A file system of so many octets, for the running test. */
export function smallFileSystem(octets: number): string {
  const directory = join(temporaryDirectory(), 'small')
  mkdirSync(directory)
  if (!mount(directory, octets)) throw new Error('a file system could be mounted a moment ago')
  onTestFinished(() => {
    succeeds('umount', '-l', directory)
  })
  return directory
}
