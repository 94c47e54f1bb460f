import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { completionScripts } from '../../src/ui/completion-scripts.ts'
import type { CleanUser } from './clean-user.ts'

/** What a new user does on the first day: everything ends well, and says what it should. */
export async function expectWorks(user: CleanUser, program: string, version: string): Promise<void> {
  const run = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await user.run(program, args)
    expect({ args, status, stderr: status === 0 ? '' : stderr }).toEqual({ args, status: 0, stderr: '' })
    return stdout
  }
  expect(await run('--version')).toBe(`${version}\n`)
  expect(await run('man')).toMatch(new RegExp(String.raw`^\.TH MAILMIRROR 1 \S+ "?mailmirror ${version}`, 'm'))
  expect(await run('completion', 'bash')).toBe(completionScripts.bash)
  expect(await run('demo', '--messages', '40')).toContain('All of it is removed now.')

  const folder = join(user.home, 'demo')
  const server = user.start(program, ['demo', '--serve', '--messages', '40', '--keep', folder])
  try {
    await server.said('Ctrl-C ends it.')
    await expectMirrors(folder, (...args) => run('--config', join(folder, 'config.toml'), ...args))
  } finally {
    server.interrupt()
  }
  expect(await server.ended).toMatchObject({ status: 0, stderr: '' })
}

async function expectMirrors(folder: string, run: (...args: readonly string[]) => Promise<string>): Promise<void> {
  expect(await run('sync', '--json')).toContain('"type":"sync-finished","complete":true')
  expect(await run('search', 'minutes', 'meeting')).toContain('Minutes of the allotment meeting')
  const mbox = join(folder, 'all.mbox')
  await run('export', '--format', 'mbox', '--output', mbox)
  const found = hashesIn(mbox)
  expect(found.length).toBeGreaterThan(40)
  expect(found.filter(({ told, read }) => told !== read)).toEqual([])
  expect(await run('verify', '--server')).toContain(`all as it should be: checked ${found.length} messages`)
}

/** Of each message, what the manifest says, and what another reader of mbox finds. */
function hashesIn(mbox: string): readonly { readonly told: string; readonly read: string }[] {
  const text = readFileSync(mbox, 'latin1')
  const entry = /"offset":(\d+),"end":(\d+),"octets":(\d+),"sha256":"(\w+)"/g
  return [...readFileSync(`${mbox}.manifest.jsonl`, 'utf8').matchAll(entry)].map(
    ([, offset, end, octets, told = '']) => {
      const stored = text.slice(Number(offset), Number(end)).replaceAll(/(^|\n)>(>*From )/g, '$1$2')
      const message = Buffer.from(stored.slice(0, Number(octets)), 'latin1')
      return { told, read: createHash('sha256').update(message).digest('hex') }
    },
  )
}
