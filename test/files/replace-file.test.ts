import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { replaceFile } from '../../src/files/replace-file.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test('a file is its owner’s alone, and replaces one of the same name', async () => {
  const path = join(temporaryDirectory(), 'page.html')
  expect(await replaceFile(path, 'one')).toBe(path)
  expect(await replaceFile(path, 'two')).toBe(path)
  expect(readFileSync(path, 'utf8')).toBe('two')
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('S10 a link is replaced, and what it led to is left alone', async () => {
  const folder = temporaryDirectory()
  const [path, target] = [join(folder, 'page.html'), join(folder, 'target')]
  writeFileSync(target, 'mine')
  symlinkSync(target, path)
  await replaceFile(path, 'page')
  expect([readFileSync(target, 'utf8'), readFileSync(path, 'utf8')]).toEqual(['mine', 'page'])
})

test('where it cannot be written nothing changes and the folder is as it was', async () => {
  const folder = temporaryDirectory()
  mkdirSync(join(folder, 'page.html'))
  await expect(replaceFile(join(folder, 'page.html'), 'x')).rejects.toMatchObject({ code: 'STORE_IO' })
  await expect(replaceFile(join(folder, 'no', 'page.html'), 'x')).rejects.toMatchObject({ code: 'STORE_IO' })
  expect(readdirSync(folder)).toEqual(['page.html'])
  expect(existsSync(join(folder, 'no'))).toBe(false)
})

test('a file that others are to read is readable for them whatever the umask is', async () => {
  const path = join(temporaryDirectory(), 'sync.prom')
  const before = process.umask(0o077)
  try {
    await replaceFile(path, 'x 1\n', 0o644)
  } finally {
    process.umask(before)
  }
  expect(statSync(path).mode & 0o777).toBe(0o644)
})
