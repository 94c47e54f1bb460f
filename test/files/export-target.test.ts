import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { exportFiles } from '../../src/export/export-files.ts'
import { manifestFormat } from '../../src/export/manifest.ts'
import { mboxFormat } from '../../src/export/mboxrd.ts'
import { planExport } from '../../src/export/plan-export.ts'
import type { Split } from '../../src/export/plan-export.ts'
import type { ExportTarget } from '../../src/export/ports.ts'
import { openExportTarget } from '../../src/files/export-target.ts'
import { readManifest } from '../export/read-manifest.ts'
import { sampleReader } from '../export/sample-messages.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

interface Choice {
  readonly split?: Split
  readonly replace?: boolean
  readonly resume?: boolean
  /** Stops before so many messages more have been written. */
  readonly most?: number
}

async function run(
  path: string,
  { split, replace = false, resume = false, most = 99 }: Choice = {},
): Promise<ExportTarget> {
  const groups = planExport([{ name: undefined, reader: sampleReader, ids: sampleReader.contents('all') }], {
    split,
    isMeant: () => true,
  })
  const manifest = manifestFormat({ format: 'mbox', query: '', split })
  const target = await openExportTarget({
    path,
    isFolder: split !== undefined,
    manifest,
    replace,
    resume,
    since: false,
  })
  const ending = new AbortController()
  let messages = 0
  const onMessage = (): void => {
    if (++messages === most) ending.abort(new Error('stopped'))
  }
  try {
    await exportFiles({
      format: mboxFormat({ withStatus: false }),
      groups,
      only: 'all.mbox',
      target,
      signal: ending.signal,
      onMessage,
    })
  } catch (error) {
    await target.abandon()
    if (most === 99) throw error
  }
  return target
}

const content = (path: string): string => readFileSync(path, 'utf8')

test('a file has its name when it is whole, and lies beside its manifest, for its owner alone', async () => {
  const path = join(temporaryDirectory(), 'new folder', 'all.mbox')
  await run(path)
  expect(content(path).match(/^From MAILER/gm)).toHaveLength(6)
  const lines = readManifest(`${path}.manifest.jsonl`)
  expect(lines.map(({ type }) => type)).toEqual(['export', ...Array.from({ length: 6 }, () => 'message'), 'file'])
  for (const { offset, end, octets } of lines.slice(1, -1)) {
    const [own = ''] = content(path)
      .slice(offset, end)
      .replaceAll(/^>(?=>*From )/gm, '')
      .split(/(?<=\n)\n$/)
    expect(own).toHaveLength(octets)
  }
  expect([path, `${path}.manifest.jsonl`].map((one) => statSync(one).mode & 0o777)).toEqual([0o600, 0o600])
  expect([`${path}.partial`, `${path}.manifest.jsonl.partial`].filter((one) => existsSync(one))).toEqual([])
})

test.each([
  ['all.mbox.gz', gunzipSync],
  ['all.mbox.zst', zstdDecompressSync],
])('%s is compressed', async (name, unpack) => {
  const directory = temporaryDirectory()
  await run(join(directory, 'all.mbox'))
  await run(join(directory, name))
  expect(unpack(readFileSync(join(directory, name))).toString()).toBe(content(join(directory, 'all.mbox')))
})

test('F91 S10 nothing that is there is changed, unless it is to be replaced', async () => {
  const path = join(temporaryDirectory(), 'all.mbox')
  writeFileSync(path, 'mine')
  await expect(run(path)).rejects.toThrow(/there already/)
  expect(content(path)).toBe('mine')
  await run(path, { replace: true })
  expect(content(path)).toMatch(/^From MAILER/)
})

test('S10 a link that leads nowhere is left alone too', async () => {
  const path = join(temporaryDirectory(), 'all.mbox')
  symlinkSync('nowhere', path)
  await expect(run(path)).rejects.toThrow(/there already/)
  expect(readlinkSync(path)).toBe('nowhere')
})

test('S10 no link is followed', async () => {
  const directory = temporaryDirectory()
  const path = join(directory, 'all.mbox')
  writeFileSync(join(directory, 'victim'), 'mine')
  symlinkSync(join(directory, 'victim'), `${path}.partial`)
  symlinkSync(join(directory, 'victim'), `${path}.manifest.jsonl.partial`)
  await run(path)
  expect(content(join(directory, 'victim'))).toBe('mine')
  expect(content(path)).toMatch(/^From MAILER/)
})

test.each([undefined, 'mailbox', 'year'] as const)(
  'F06 F91 an export split by %s that is stopped anywhere, or loses what it wrote last, is gone on with to the same files',
  async (split) => {
    const directory = temporaryDirectory()
    const whole = join(directory, 'whole')
    await run(whole, split === undefined ? {} : { split })
    const names = {
      undefined: [''],
      mailbox: ['work/INBOX.mbox', 'work/Work/Plans.mbox'],
      year: ['1996.mbox', '1997.mbox', '1998.mbox'],
    }
    const files = names[split ?? 'undefined']
    const manifestOf = (path: string): string =>
      split === undefined ? `${path}.manifest.jsonl` : join(path, '.manifest.jsonl')
    const choice = split === undefined ? {} : { split }
    for (let most = 1; most <= 5; most++) {
      for (const lost of [0, 1, 60, 10_000]) {
        const path = join(directory, `stopped ${most} ${lost}`)
        await run(path, { ...choice, most })
        // What says that a file is whole is on the disk before the file has its name.
        if (split === undefined) shorten(`${manifestOf(path)}.partial`, lost)
        for (const file of files) shorten(`${join(path, file)}.partial`, lost)
        await run(path, { ...choice, resume: true })
        for (const file of files) expect(content(join(path, file))).toBe(content(join(whole, file)))
        expect(content(manifestOf(path))).toBe(
          content(manifestOf(whole)).replaceAll('"whole', `"stopped ${most} ${lost}`),
        )
      }
    }
  },
)

/** As if the last octets had not reached the disk. */
function shorten(path: string, octets: number): void {
  if (existsSync(path)) truncateSync(path, Math.max(0, statSync(path).size - octets))
}

test('what an export of something else has left is not gone on with', async () => {
  const path = join(temporaryDirectory(), 'all')
  mkdirSync(path)
  await run(path, { split: 'year', most: 4 })
  await run(path, { split: 'mailbox', resume: true, replace: true })
  expect(content(join(path, 'work/INBOX.mbox')).match(/^From MAILER/gm)).toHaveLength(3)
})

test('a compressed export that is stopped leaves nothing', async () => {
  const path = join(temporaryDirectory(), 'all.mbox.gz')
  const target = await run(path, { most: 2 })
  expect([target.canResume, existsSync(`${path}.partial`), existsSync(`${path}.manifest.jsonl.partial`)]).toEqual([
    false,
    false,
    false,
  ])
})
