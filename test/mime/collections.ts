import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { unpackPackages } from '../servers/unpacked.ts'

const run = promisify(execFile)

/** Of Debian 12: the messages that two other parsers are tested with. */
const packages = ['libpython3.11-testsuite', 'golang-github-jhillyerd-enmime-dev']
const root = join(tmpdir(), 'mailmirror-test-collections-1')

const collections = {
  python: { folder: 'usr/lib/python3.11/test/test_email/data', ending: '.txt' },
  enmime: { folder: 'usr/share/gocode/src/github.com/jhillyerd/enmime/testdata', ending: '.raw' },
} as const
export type Collection = keyof typeof collections

/** For `describe.skipIf`. MAILMIRROR_REQUIRE_COLLECTIONS=1 says that they have to be there. */
export const withoutCollections = process.env['MAILMIRROR_REQUIRE_COLLECTIONS'] !== '1' && !existsSync(root)

export async function unpackCollections(): Promise<void> {
  await unpackPackages(packages, root)
}

/** What is to be found in a message; undefined: that is a matter of opinion. */
export interface ExpectedMessage {
  readonly path: string
  readonly subject?: string
  readonly from?: readonly string[]
  readonly to?: readonly string[]
  readonly date?: number | null
  readonly text?: string
  /** Name, type and SHA-256 of each part that has a name. */
  readonly attachments?: readonly (readonly [name: string, type: string, sha256: string])[]
}

/** As Python's email package reads the messages of a collection. */
export async function expectedOf(name: Collection): Promise<readonly ExpectedMessage[]> {
  const { folder, ending } = collections[name]
  const entries = await readdir(join(root, folder), { recursive: true })
  const paths = entries.filter((entry) => entry.endsWith(ending)).toSorted()
  const script = fileURLToPath(new URL('read-messages.py', import.meta.url))
  const { stdout } = await run('python3', [script, ...paths.map((path) => join(root, folder, path))], {
    maxBuffer: 2 ** 26,
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what our script prints
  return JSON.parse(`[${stdout.trim().split('\n').join()}]`) as readonly ExpectedMessage[]
}
