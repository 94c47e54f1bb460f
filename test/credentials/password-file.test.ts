import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { failureOf, never, openPasswords } from './temporary-secrets.ts'
import { TemporaryDirectory } from '../support/temporary-directory.ts'

const ask = async (path: string): Promise<string> =>
  openPasswords({ variables: {} }).password({ kind: 'file', path }, never)

const where = (path: string): string => `SECRET_UNAVAILABLE could not get the password from the file ${path}: `

const isRoot = process.geteuid?.() === 0

describe('a password from a file', () => {
  test.each([
    ['pass word', 'pass word'],
    ['pass\n', 'pass'],
    ['pass\r\n', 'pass'],
    [' påss ', ' påss '],
  ])('is its content without the last line break: %j', async (content, password) => {
    using directory = new TemporaryDirectory()
    expect(await ask(directory.write('secret', content))).toBe(password)
  })

  test.each([0o600, 0o400, 0o700])('may have mode %o', async (mode) => {
    using directory = new TemporaryDirectory()
    const path = directory.write('secret', 'pass')
    chmodSync(path, mode)
    expect(await ask(path)).toBe('pass')
  })

  test.each([0o640, 0o604, 0o620, 0o602, 0o644])('may not have mode %o (S07)', async (mode) => {
    using directory = new TemporaryDirectory()
    const path = directory.write('secret', 'canary')
    chmodSync(path, mode)
    expect(await failureOf(ask(path))).toBe(
      `CONFIG_UNSAFE the password file ${path} can be read or changed by other users`,
    )
    await expect(ask(path)).rejects.toMatchObject({ hint: `run: chmod 600 '${path}'` })
  })

  test.runIf(isRoot)('may not belong to another user (S07)', async () => {
    using directory = new TemporaryDirectory()
    const path = directory.write('secret', 'canary')
    chownSync(path, 12_345, 12_345)
    expect(await failureOf(ask(path))).toBe(`CONFIG_UNSAFE the password file ${path} belongs to another user`)
  })

  test.each([
    ['', 'it is empty'],
    ['\n', 'it is empty'],
    ['canary\n\n', 'it holds a line break or a NUL'],
    ['canary\rx', 'it holds a line break or a NUL'],
    ['can\0ary', 'it holds a line break or a NUL'],
    ['x'.repeat(65_537), 'it is larger than 64 KiB'],
    [Buffer.from('can\xe4ry', 'latin1'), 'it is not UTF-8'],
  ])('is refused when it cannot be one', async (content, why) => {
    using directory = new TemporaryDirectory()
    const path = directory.write('secret', content)
    expect(await failureOf(ask(path))).toBe(
      `SECRET_UNAVAILABLE could not get the password from the file ${path}: ${why}`,
    )
  })

  test('that does not exist, is a directory, a pipe or a loop is refused, not waited for', async () => {
    using directory = new TemporaryDirectory()
    const at = (name: string): string => join(directory.path, name)
    execFileSync('sh', ['-c', 'mkfifo -m 600 "$0"', at('pipe')])
    symlinkSync(at('loop'), at('loop'))
    chmodSync(directory.path, 0o700)
    const reasons = []
    for (const path of [at('none'), directory.path, at('pipe'), at('loop')]) reasons.push(await failureOf(ask(path)))
    expect(reasons).toEqual([
      `${where(at('none'))}ENOENT: no such file or directory, open '${at('none')}'`,
      `${where(directory.path)}it is not a regular file`,
      `${where(at('pipe'))}it is not a regular file`,
      `${where(at('loop'))}ELOOP: too many symbolic links encountered, open '${at('loop')}'`,
    ])
  })
})
