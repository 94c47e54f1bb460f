import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** The launcher puts our own Node first: the machine's is behind it. */
function oldNode(): string | undefined {
  const places = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, 'node'))
  return places.find((path) =>
    /^v(?:1\d|20|21|22\.\d)\./.test(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout),
  )
}

const old = oldNode()

test.skipIf(old === undefined)(
  'F12 under a Node that is too old an installed mailmirror says so in one line, and ends',
  () => {
    const installed = temporaryDirectory()
    for (const part of ['bin', 'package.json'])
      cpSync(join(repository, part), join(installed, part), { recursive: true })
    mkdirSync(join(installed, 'dist'))
    const { status, stdout, stderr } = spawnSync(old ?? '', [join(installed, 'bin', 'mailmirror.js'), 'status'], {
      encoding: 'utf8',
    })
    expect({ status, stdout }).toEqual({ status: 69, stdout: '' })
    expect(stderr).toMatch(/^mailmirror: Node \d+\.\d+\.\d+ is too old: mailmirror needs Node 22\.15 .*\n$/)
  },
)
