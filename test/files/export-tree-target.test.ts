import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exportTree } from '../../src/export/export-tree.ts'
import { manifestFormat } from '../../src/export/manifest.ts'
import { placesOf } from '../../src/export/plan-export.ts'
import { openExportTree } from '../../src/files/export-tree-target.ts'
import { sampleReader } from '../export/sample-messages.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const isMeant = (): boolean => true

async function run(path: string, format: 'eml' | 'maildir', { resume = false, most = 99 } = {}): Promise<void> {
  const mailboxes = placesOf([{ name: undefined, reader: sampleReader, ids: sampleReader.contents('all') }], {
    isMeant,
  })
  const manifest = manifestFormat({ format, query: '', split: undefined })
  const tree = await openExportTree({ path, manifest, resume, since: false })
  const ending = new AbortController()
  let messages = 0
  const onMessage = (): void => {
    if (++messages === most) ending.abort(new Error('stopped'))
  }
  try {
    await exportTree({ format, mailboxes, isMeant, tree, signal: ending.signal, onMessage })
  } catch (error) {
    await tree.abandon()
    if (most === 99) throw error
  }
}

/** Every file of the tree and what is in it. */
function treeOf(path: string): Readonly<Record<string, string>> {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter((one) =>
    one.isFile(),
  )
  const paths = names.map((one) => join(one.parentPath, one.name).slice(path.length))
  return Object.fromEntries(paths.toSorted().map((name) => [name, readFileSync(join(path, name), 'utf8')]))
}

test.each(['eml', 'maildir'] as const)(
  'F06 F91 an export as %s that is stopped or killed anywhere is gone on with to the same files',
  async (format) => {
    const directory = temporaryDirectory()
    await run(join(directory, 'whole'), format)
    const whole = treeOf(join(directory, 'whole'))
    expect(Object.keys(whole).filter((name) => name.includes('partial'))).toEqual([])
    for (let most = 1; most <= 5; most++) {
      for (const lost of [0, 1, 300, 100_000]) {
        const path = join(directory, `stopped ${most} ${lost}`)
        await run(path, format, { most })
        // A kill comes before the manifest has been written.
        const manifest = join(path, '.manifest.jsonl.partial')
        truncateSync(manifest, Math.max(0, readFileSync(manifest).length - lost))
        await run(path, format, { resume: true })
        expect(treeOf(path)).toEqual(whole)
      }
    }
  },
)

test('S10 a file that is there under a name of the export is left alone, and that is said', async () => {
  const path = join(temporaryDirectory(), 'tree')
  await run(path, 'eml')
  rmSync(join(path, '.manifest.jsonl'))
  writeFileSync(join(path, 'work/INBOX/7-2.eml'), 'mine')
  await expect(run(path, 'eml')).rejects.toThrow(/there already/)
  expect(readFileSync(join(path, 'work/INBOX/7-2.eml'), 'utf8')).toBe('mine')
  expect(existsSync(join(path, '.manifest.jsonl'))).toBe(false)
})
