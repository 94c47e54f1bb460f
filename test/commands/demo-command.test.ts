import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand, startCommand } from '../support/run-command.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { expectSafe } from '../ui/hostile-text.ts'

test('the demo mirrors, shows, mirrors again without downloading, and leaves nothing behind', async () => {
  const { status, stdout, stderr } = await runCommand(['demo', '--messages', '120'])
  expect(status).toBe(0)
  expectSafe(stdout)
  const commands = [...stdout.matchAll(/^\$ (.*)$/gm)].map(([, command]) => command?.replace(/.* -c \S+ /, ''))
  expect(commands).toEqual(['sync', 'status', 'show 1', 'sync'])
  expect(stderr).toMatch(/^mailmirror: .* 120 new messages .*\nmailmirror: .* 0 new messages, in .*\n$/)
  const folder = / -c (\S+)\/config\.toml /.exec(stdout)?.[1] ?? ''
  expect(folder).toContain('mailmirror-demo-')
  expect(existsSync(folder)).toBe(false)
})

test('--keep leaves a store on which the shown commands work, all of it for its owner alone (S09)', async () => {
  const folder = join(temporaryDirectory(), 'kept here')
  expect(await runCommand(['demo', '--messages', '20', '--keep', folder])).toMatchObject({ status: 0 })
  const config = join(folder, 'config.toml')
  expect([folder, config, join(folder, 'password'), join(folder, 'mail.db')].map(modeOf)).toEqual([
    0o700, 0o600, 0o600, 0o600,
  ])
  expect((await runCommand(['-c', config, 'status', '--json'])).stdout).toContain('"path":"INBOX"')
  expect((await runCommand(['-c', config, 'show', '1'])).status).toBe(0)
  expect(await runCommand(['demo', '--messages', '20', '--keep', folder])).toMatchObject({ status: 0 })
})

test('--keep does not touch a configuration that is not of a demo', async () => {
  const folder = temporaryDirectory()
  writeFileSync(join(folder, 'config.toml'), '[accounts.personal]\n')
  const { status, stderr } = await runCommand(['demo', '--keep', folder])
  expect(status).toBe(64)
  expect(stderr).toContain('is not of a demo')
  expect(existsSync(join(folder, 'mail.db'))).toBe(false)
})

test('--serve says how to log in, serves, and ends with a signal', async () => {
  const running = startCommand(['demo', '--serve', '--messages', '10'])
  const config = await new Promise<string>((resolve) => {
    running.onLine = (line) => {
      if (line.startsWith('  config')) resolve(line.slice(12))
    }
  })
  expect(await runCommand(['-c', config, 'sync'])).toMatchObject({ status: 0 })
  running.child.kill('SIGTERM')
  const { status, stdout } = await running.ended
  expect(status).toBe(0)
  expect(stdout).toMatch(
    / {2}host {6}127\.0\.0\.1\n {2}port {6}\d+\n {2}user {6}demo@example\.org\n {2}password {2}demo\n/,
  )
  expect(existsSync(config)).toBe(false)
})

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}
