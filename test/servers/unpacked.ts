import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Three servers and the libraries that a plain Debian 12 lacks for them. */
const packages = [
  'cyrus-imapd', 'cyrus-common', 'libxapian30', 'libical3', 'libpcre3', 'libzephyr4', 'libpq5', 'libclamav12', 'libhesiod0',
  'courier-imap', 'courier-base', 'courier-authlib', 'libcourier-unicode4', 'libidn12', 'libgamin0', 'gamin', 'libglib2.0-0', 'libgdbm6', 'libltdl7',
  'mailutils-imap4d', 'libmailutils9', 'mailutils-common', 'libgsasl18', 'libgssglue1', 'libntlm0', 'libmariadb3',
  'libnsl2', 'libwrap0', 'libsasl2-modules',
] // prettier-ignore

/** Where they lie, once they have been unpacked. Everybody may enter it: two of them serve no mail as root. */
const root = join(tmpdir(), 'mailmirror-test-servers-1')

/** They change the user they run as, so that only root can start them. */
const mayStart = process.platform === 'linux' && process.getuid?.() === 0

/** For `describe.skipIf(withoutServers)`: where they are missing, tests that need them are skipped, by name and counted.
 *  MAILMIRROR_REQUIRE_SERVERS=1 says that they have to be there: then such tests run, and fail. */
export const withoutServers = isMissing(root)

export function isMissing(unpacked: string): boolean {
  return process.env['MAILMIRROR_REQUIRE_SERVERS'] !== '1' && !(mayStart && existsSync(unpacked))
}

export async function unpackServers(): Promise<void> {
  await unpackPackages(packages, root)
}

/** Downloads packages of Debian's and unpacks them into `root`, unless that has been done. Rejects where they cannot be had. */
export async function unpackPackages(names: readonly string[], root: string): Promise<void> {
  if (existsSync(root)) return
  const directory = await mkdtemp(join(tmpdir(), 'mailmirror-unpacking-'))
  try {
    await download(names, directory).catch(async () => {
      // A machine that is new knows no packages yet.
      await run('apt-get', ['-q', 'update'])
      await download(names, directory)
    })
    const unpacked = join(directory, 'root')
    await mkdir(unpacked, { mode: 0o755 })
    for (const name of await readdir(directory)) {
      if (name.endsWith('.deb')) await run('dpkg-deb', ['-x', join(directory, name), unpacked])
    }
    await rename(unpacked, root)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function download(names: readonly string[], directory: string): Promise<void> {
  await run('apt-get', ['-q', 'download', ...names], { cwd: directory })
}

export const unpackedProgram = (path: string): string => join(root, path)

/** What a program needs to find its libraries. */
export function unpackedEnvironment(): Readonly<Record<string, string>> {
  const folders = ['usr/lib/x86_64-linux-gnu', 'usr/lib', 'lib/x86_64-linux-gnu'].map((folder) => join(root, folder))
  return { PATH: '/usr/bin:/bin', LD_LIBRARY_PATH: folders.join(':') }
}
