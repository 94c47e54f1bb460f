import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { startMonitor } from '../monitor/monitor-server.ts'
import { freePort } from '../servers/ports.ts'
import { homeAt, letterOf, mailOf } from '../support/mirrored-home.ts'
import { runCommand, startCommand } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { Watching } from '../support/watching.ts'
import { readExposition } from '../ui/exposition.ts'

const mail = () => mailOf({ INBOX: [letterOf('one'), letterOf('two')] })
const serve = (latencyMs = 0) => startDemoServer({ store: mail(), users: { ada: password }, latencyMs })
const summary = /^mailmirror: 1 account, 1 mailbox complete, 2 new messages \(\d+ B\), in \S+ m?s$/

function valuesIn(path: string): Readonly<Record<string, number | undefined>> {
  const families = [...readExposition(readFileSync(path, 'utf8'))]
  return Object.fromEntries(families.map(([name, samples]) => [name.replace('mailmirror_', ''), samples[0]?.value]))
}

test('a monitor is told of the start, and of the end with the summary', async () => {
  await using server = await serve()
  await using monitor = await startMonitor()
  const { run } = homeAt(server.port)
  const ended = await run('sync', '-q', '--ping', `http://127.0.0.1:${monitor.port}/ping/1?rid=2`)
  expect(ended).toMatchObject({ status: 0, stdout: '', stderr: '' })
  const [start, end] = monitor.told
  expect(start).toEqual({ method: 'GET', path: '/ping/1/start?rid=2', text: '' })
  expect({ ...end, text: '' }).toEqual({ method: 'POST', path: '/ping/1?rid=2', text: '' })
  expect(end?.text).toMatch(summary)
  expect(monitor.told).toHaveLength(2)
})

test('a failure is told with its status and code; the exit status is the sync’s own', async () => {
  await using server = await serve()
  await using monitor = await startMonitor({ status: 500 })
  const { args } = homeAt(server.port)
  const ping = ['--ping', `http://localhost:${monitor.port}/`]
  const { status, stderr } = await runCommand(args('sync', ...ping), { ADA_PASSWORD: 'wrong' })
  expect(status).toBe(77)
  expect(stderr).toContain(`mailmirror: could not ping localhost:${monitor.port}: the answer was status 500; the sync`)
  expect(monitor.told.map(({ path }) => path)).toEqual(['/start', '/fail'])
  expect(monitor.told[1]?.text).toMatch(/INCOMPLETE, .*, exit status 77 \(LOGIN_REJECTED\)$/)
})

test('a sync that a signal ends, one without a config and one whose store is held are told, too', async () => {
  await using server = await serve(600_000)
  await using monitor = await startMonitor()
  const ping = ['--ping', `http://127.0.0.1:${monitor.port}/p`]
  const { args } = homeAt(server.port)
  const running = startCommand(args('sync', '--json', ...ping))
  await new Promise<void>((resolve) => (running.onLine = () => resolve()))
  expect(await runCommand(args('sync', '-q', ...ping))).toMatchObject({ status: 75 })
  running.child.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ status: 143 })
  expect(await runCommand(['-c', '/nonexistent.toml', 'sync', ...ping])).toMatchObject({ status: 78 })
  const ends = monitor.told.filter(({ method }) => method === 'POST')
  expect(ends.map(({ path }) => path)).toEqual(['/p/log', '/p/fail', '/p/fail'])
  expect(ends.map(({ text }) => text.replace(/.*, exit/, 'exit'))).toEqual([
    'exit status 75 (STORE_LOCKED)',
    'exit status 143 (INTERRUPTED)',
    'exit status 78 (CONFIG_MISSING)',
  ])
})

test('a monitor that is not there changes nothing, and is no word with -q', async () => {
  await using server = await serve()
  const { run } = homeAt(server.port)
  const ping = ['--ping', `http://127.0.0.1:${await freePort()}/p`]
  expect(await run('sync', '-q', ...ping)).toMatchObject({ status: 0, stdout: '', stderr: '' })
  const told = await run('sync', ...ping)
  expect(told.status).toBe(0)
  expect(told.stderr).toMatch(/\nmailmirror: could not ping 127\.0\.0\.1:\d+: .*; the sync itself is as it was\n$/)
})

test('an address that is refused is exit 64 before anything happens', async () => {
  const { run } = homeAt()
  for (const url of ['http://hc.example.org/', 'https://u:tea@hc.example.org/']) {
    const { status, stdout, stderr } = await run('sync', '--ping', url)
    expect([status, stdout]).toEqual([64, ''])
    expect(stderr).not.toContain('tea@')
  }
  expect(await run('sync', '--dry-run', '--ping', 'https://hc.example.org/')).toMatchObject({ status: 64 })
})

test('the numbers are written whole, for everybody to read, and those of the mirror come from the store', async () => {
  await using server = await serve()
  const { run, args, home, store } = homeAt(server.port)
  const folder = join(home, 'metrics')
  expect(await run('sync', '-q', '--metrics', folder)).toMatchObject({ status: 0, stderr: '' })
  const first = valuesIn(folder)
  expect(first).toMatchObject({
    account_complete: 1,
    account_exit_status: 0,
    account_messages: 2,
    account_new_messages: 2,
    sync_complete: 1,
    sync_exit_status: 0,
    sync_failed_messages: 0,
  })
  expect(first['sync_received_bytes']).toBeGreaterThan(0)
  expect(first['sync_end_timestamp_seconds']).toBeGreaterThanOrEqual(first['sync_start_timestamp_seconds'] ?? Infinity)
  expect(statSync(folder).mode & 0o777).toBe(0o644)
  writeFileSync(folder, 'not what it was')
  expect(await runCommand(args('sync', '-q', '--metrics', folder), { ADA_PASSWORD: 'wrong' })).toMatchObject({
    status: 77,
  })
  expect(valuesIn(folder)).toMatchObject({
    account_complete: 0,
    account_exit_status: 77,
    account_last_success_timestamp_seconds: first['account_last_success_timestamp_seconds'],
    account_messages: 2,
    account_new_messages: 0,
    sync_complete: 0,
    sync_exit_status: 77,
    sync_last_success_timestamp_seconds: first['account_last_success_timestamp_seconds'],
  })
  expect(first['account_last_success_timestamp_seconds']).toBeGreaterThan(1e9)
  expect(readdirSync(home).filter((name) => name.endsWith('.part'))).toEqual([])
  expect(statSync(store).mode & 0o777).toBe(0o600)
})

test('without a config the numbers say so; where they cannot be written that is told, and the sync is as it was', async () => {
  await using server = await serve()
  const { run, home } = homeAt(server.port)
  const path = join(home, 'sync.prom')
  expect(await runCommand(['-c', '/nonexistent.toml', 'sync', '-q', '--metrics', path])).toMatchObject({ status: 78 })
  expect(valuesIn(path)).toMatchObject({ sync_exit_status: 78, sync_complete: 0 })
  const { status, stderr } = await run('sync', '-q', '--metrics', join(home, 'no', 'sync.prom'))
  expect(status).toBe(0)
  expect(stderr).toMatch(/^mailmirror: could not write .*; the sync itself is as it was\n$/)
})

test('a watch tells of each round as a sync tells of itself, with what came in between, and of no signal', async () => {
  const store = mail()
  await using server = await startDemoServer({ store, users: { ada: password } })
  await using monitor = await startMonitor()
  const home = homeAt(server.port)
  const file = join(home.home, 'numbers.prom')
  const options = ['--every', '2s', '--metrics', file, '--ping', `http://127.0.0.1:${monitor.port}/p`]
  const watching = new Watching(home, {}, options)
  while (monitor.told.length === 0) await watching.next('account-finished')
  expect(monitor.told[0]).toMatchObject({ method: 'POST', path: '/p' })
  expect(monitor.told[0]?.text).toMatch(summary)
  expect(valuesIn(file)).toMatchObject({ sync_complete: 1, sync_messages: 2, sync_new_messages: 2 })
  store.append('INBOX', Buffer.from(letterOf('three')))
  const isTold = (): boolean => monitor.told.some(({ text }) => text.includes(' 1 new message '))
  while (!isTold()) await watching.next('account-finished')
  expect(valuesIn(file)).toMatchObject({ sync_messages: 3 })
  const { status, stderr } = await watching.end('SIGTERM')
  expect([status, stderr, monitor.told.every(({ path }) => path === '/p')]).toEqual([143, '', true])
})

test('a watch whose password is refused tells so, and one whose monitor is not there says so and goes on', async () => {
  await using server = await startDemoServer({ store: mail(), users: { ada: 'another' } })
  await using monitor = await startMonitor()
  const { run } = homeAt(server.port)
  expect((await run('watch', '--ping', `http://127.0.0.1:${monitor.port}/p`)).status).toBe(77)
  expect(monitor.told.map(({ path }) => path)).toEqual(['/p/fail'])
  const none = await run('watch', '--ping', `http://127.0.0.1:${await freePort()}/p`)
  expect(none.stdout).toMatch(/could not ping 127\.0\.0\.1:\d+: /)
})
