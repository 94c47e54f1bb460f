import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { contentsOf, letterOf, mailOf } from '../support/mirrored-home.ts'
import { runCommand, writeHome } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { startShell } from '../support/start-shell.ts'

test('the line for cron syncs in the environment that cron has', async () => {
  await using server = await startDemoServer({
    store: mailOf({ INBOX: [letterOf('one'), letterOf('two')] }),
    users: { ada: password },
  })
  const home = join(temporaryDirectory(), `ada's 100% "home" & more`)
  const { config, store } = writeHome(home, server.port)
  const secret = join(home, 'password')
  writeFileSync(secret, `${password}\n`, { mode: 0o600 })
  const text = readFileSync(config, 'utf8').replace('{ env = "ADA_PASSWORD" }', '{ file = "password" }')
  writeFileSync(config, text)
  const { status, stdout, stderr } = await runCommand(['schedule', '--print', 'cron', '-c', config])
  expect([status, stderr]).toEqual([0, ''])
  const [line = ''] = stdout.trimEnd().split('\n').toReversed()
  const command = line
    .split(' ')
    .slice(5)
    .join(' ')
    .replaceAll(String.raw`\%`, '%')
  expect(await startShell(command, { HOME: home, PATH: '/usr/bin:/bin' })).toEqual({
    status: 0,
    stdout: '',
    stderr: '',
  })
  expect(contentsOf(store)).toBe(2)
})

test('the minute of a user on a machine stays the same', async () => {
  const { config } = writeHome(temporaryDirectory(), 1)
  const print = async (): Promise<string> => (await runCommand(['-c', config, 'schedule', '--print', 'cron'])).stdout
  const first = await print()
  expect(await print()).toBe(first)
  expect(first).toMatch(/\n\d+,\d+,\d+,\d+ \* \* \* \* \/.* sync --quiet --max-time 810s\n$/)
  expect(first).toContain('ADA_PASSWORD')
})

test('systemd prints two units, or the one that is asked for', async () => {
  const { config } = writeHome(temporaryDirectory(), 1)
  const print = async (...more: readonly string[]): Promise<string> =>
    (await runCommand(['-c', config, 'schedule', '--print', 'systemd', '--every', '1h', ...more])).stdout
  const [service, timer, both] = [await print('--part', 'service'), await print('--part', 'timer'), await print()]
  expect(both).toBe(`${service}\n${timer}`)
  expect(service).toContain(` --config ${config} sync --quiet --max-time 3240s\n`)
  expect(timer).toContain('\nOnCalendar=*:00\n')
})

test('systemd prints one unit of a watch', async () => {
  const { config } = writeHome(temporaryDirectory(), 1)
  const args = ['-c', config, 'schedule', '--print', 'systemd', '--watch', '--every', '1h', 'ada']
  const { status, stdout } = await runCommand(args)
  expect([status, stdout.match(/^(?:\[Service\]|ExecStart=.*)$/gm)]).toEqual([
    0,
    ['[Service]', expect.stringMatching(/^ExecStart=\/.* --config \/.* watch --quiet --every 3600s ada$/)],
  ])
})

test.each([
  [[], "required option '--print <what>' not specified"],
  [['--print', 'cron', '--every', '7m'], 'cron has no such interval'],
  [['--print', 'cron', '--every', '90s'], '--every takes whole minutes'],
  [['--print', 'cron', '--part', 'timer'], '--part is for systemd'],
  [['--print', 'launchd', '--watch'], '--watch is for systemd, not for launchd'],
  [['--print', 'systemd', '--watch', '--part', 'timer'], '--watch has one part'],
  [['--print', 'systemd', '--watch', '--max-time', '1h'], '--max-time is for a sync'],
  [['--print', 'upstart'], 'upstart'],
])('schedule %j is a mistake, and says which', async (args, message) => {
  const { config } = writeHome(temporaryDirectory(), 1)
  const { status, stdout, stderr } = await runCommand(['-c', config, 'schedule', ...args])
  expect([status, stdout]).toEqual([64, ''])
  expect(stderr).toContain(message)
})

test('an account that is not there is exit 66', async () => {
  const { config } = writeHome(temporaryDirectory(), 1)
  expect(await runCommand(['-c', config, 'schedule', '--print', 'cron', 'eve'])).toMatchObject({ status: 66 })
})
