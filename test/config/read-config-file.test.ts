import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { configOf, environment, errorOf, faultOf, personal } from './temporary-config.ts'
import { TemporaryDirectory } from '../support/temporary-directory.ts'

/** Code, message and hint of loading `path`; the directory stands as DIR. */
function refusal(directory: TemporaryDirectory, path: string): readonly unknown[] {
  const { code, message, hint } = errorOf(() => loadConfig(path, environment))
  return [code, message, hint].map((text) => text?.replaceAll(directory.path, 'DIR'))
}

describe('a config file', () => {
  test.each([0o620, 0o602, 0o666, 0o664])('of mode %o, which others can change, is refused (S09)', (mode) => {
    using directory = new TemporaryDirectory()
    const path = directory.write('config.toml', personal)
    chmodSync(path, mode)
    expect(refusal(directory, path)).toEqual([
      'CONFIG_UNSAFE',
      'the config DIR/config.toml can be changed by other users',
      "run: chmod go-w 'DIR/config.toml'",
    ])
  })

  test.each([0o770, 0o707])('in a directory of mode %o, which others can change, is refused (S09)', (mode) => {
    using directory = new TemporaryDirectory()
    const path = directory.write('config.toml', personal)
    chmodSync(directory.path, mode)
    expect(refusal(directory, path)).toEqual([
      'CONFIG_UNSAFE',
      "the config's directory DIR can be changed by other users",
      "run: chmod go-w 'DIR'",
    ])
  })

  test('in a sticky directory, where others cannot replace it, is taken', () => {
    using directory = new TemporaryDirectory()
    const path = directory.write('config.toml', personal)
    chmodSync(directory.path, 0o1777)
    expect(loadConfig(path, environment).accounts).toHaveLength(1)
  })

  test('that a link leads to is refused when others can change the directory of either (S10)', () => {
    using directory = new TemporaryDirectory()
    for (const [name, mode] of [
      ['safe', 0o755],
      ['open', 0o777],
    ] as const) {
      mkdirSync(join(directory.path, name))
      chmodSync(join(directory.path, name), mode)
    }
    const openFile = directory.write('open/config.toml', personal)
    const safeFile = directory.write('safe/config.toml', personal)
    symlinkSync(openFile, join(directory.path, 'safe/link.toml'))
    symlinkSync(safeFile, join(directory.path, 'open/link.toml'))
    const unsafe = [
      'CONFIG_UNSAFE',
      "the config's directory DIR/open can be changed by other users",
      "run: chmod go-w 'DIR/open'",
    ]
    expect(refusal(directory, join(directory.path, 'safe/link.toml'))).toEqual(unsafe)
    expect(refusal(directory, join(directory.path, 'open/link.toml'))).toEqual(unsafe)
    expect(loadConfig(safeFile, environment).accounts).toHaveLength(1)
  })

  const oauth = `${personal}oauth-client = { id = "a", secret = "canary" }`
  const hook = `${personal}[hooks.a]\nurl = "https://b"\nsecret = "canary"`

  test.each([
    ['accounts.personal.oauth-client.secret', oauth, 0o640],
    ['accounts.personal.oauth-client.secret', oauth, 0o604],
    ['hooks.a.secret', hook, 0o644],
  ])('that holds a secret (%s) and that others can read is refused (S07)', (key, text, mode) => {
    using directory = new TemporaryDirectory()
    const path = directory.write('config.toml', text)
    chmodSync(path, mode)
    expect(refusal(directory, path)).toEqual([
      'CONFIG_UNSAFE',
      `the config DIR/config.toml holds a secret (${key}) and can be read by other users`,
      "run: chmod 600 'DIR/config.toml'",
    ])
  })

  test('that others can read is taken when it holds no secret', () => {
    expect(configOf(`${personal}oauth-client.id = "a"`, 0o644).accounts).toHaveLength(1)
    expect(configOf(oauth, 0o600).accounts).toHaveLength(1)
  })

  test('that does not exist is CONFIG_MISSING, with what to do next', () => {
    using directory = new TemporaryDirectory()
    const [code, message, hint] = refusal(directory, join(directory.path, 'none.toml'))
    expect([code, message]).toEqual(['CONFIG_MISSING', 'there is no config at DIR/none.toml'])
    expect(String(hint).split('\n').length).toBe(6)
    expect(hint).toContain('\n  mailmirror account add me@example.org\n')
    const file = directory.write('file', '')
    expect(refusal(directory, join(file, 'config.toml'))[0]).toBe('CONFIG_MISSING')
  })

  test('that is a directory is told so', () => {
    using directory = new TemporaryDirectory()
    expect(refusal(directory, directory.path).slice(0, 2)).toEqual([
      'CONFIG_INVALID',
      'the config DIR is a directory, not a file',
    ])
  })

  test('that is a pipe is refused, not waited for', () => {
    using directory = new TemporaryDirectory()
    const path = join(directory.path, 'pipe')
    execFileSync('sh', ['-c', 'mkfifo -m 600 "$0"', path])
    expect(refusal(directory, path).slice(0, 2)).toEqual([
      'CONFIG_INVALID',
      'the config DIR/pipe is not a regular file',
    ])
  })

  test('that cannot be opened is told with the reason', () => {
    using directory = new TemporaryDirectory()
    const path = join(directory.path, 'loop')
    symlinkSync(path, path)
    expect(refusal(directory, path).slice(0, 2)).toEqual([
      'CONFIG_INVALID',
      "could not read the config DIR/loop: ELOOP: too many symbolic links encountered, open 'DIR/loop'",
    ])
    expect(errorOf(() => loadConfig('/a\0b', environment)).code).toBe('CONFIG_INVALID')
  })

  test('of more than 1 MiB is refused', () => {
    expect(faultOf(`${personal}#${'x'.repeat(1024 * 1024)}`)).toBe(
      'CONFIG_INVALID the config FILE is larger than 1 MiB',
    )
    const filled = `${personal}#`.padEnd(1024 * 1024, 'x')
    expect(configOf(filled).accounts).toHaveLength(1)
  })

  test('that is not UTF-8 is refused', () => {
    expect(faultOf(Buffer.from('store = "m\xfcnchen"', 'latin1'))).toBe(
      'CONFIG_INVALID the config FILE is not UTF-8: The encoded data was not valid for encoding utf-8',
    )
  })
})
