import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { homeAt, letterOf, mailOf, mirrorOf, parsed } from '../support/mirrored-home.ts'
import { writeHome } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'

test('profile -- sync has the status and the output of the sync, and reports after it', async () => {
  await using server = await startDemoServer({ store: mailOf({ INBOX: [letterOf('one')] }), users: { ada: password } })
  const { home, run } = homeAt(server.port)
  const { status, stdout, stderr } = await run('profile', '--', 'sync', 'ada', '--no-index')
  expect([status, stdout]).toEqual([0, ''])
  expect(stderr).toMatch(
    /^mailmirror: 1 account, 1 mailbox complete.*\n\S[^]*\nrun 1, [^]*`sync ada`[^]*\nAccount +Command/,
  )
  const report = parsed((await run('profile', 'report', '--format', 'json')).stdout)
  expect(report['samples']).toMatchObject({ intervalMs: 1, isDegraded: false, cost: { givenUp: [] } })
  expect(JSON.stringify(report['samples'])).toMatch(/"stacks":\[\{"thread":"main","account":"[^"]*",/)
  expect((await run('profile', 'report', '--format', 'folded')).stdout).toMatch(/^main;[^\n]*\.ts:\d+ \d+$/m)
  expect((await run('profile', 'report', '--format', 'speedscope')).stdout).toMatch(/^\{"\$schema":"https:/)
  // A plan is no run: it ends as a plan does, and no earlier run is told in its place.
  const plan = await run('profile', '--', 'sync', 'ada', '--dry-run')
  expect([plan.status, plan.stderr]).toEqual([0, expect.stringMatching(/^mailmirror: no run was recorded, [^\n]*\n$/m)])
  expect(plan.stderr).not.toContain('took')
  const json = await run('--json', 'profile', '--', 'sync')
  expect(
    json.stdout
      .trim()
      .split('\n')
      .map((line) => parsed(line)['type'])
      .at(-1),
  ).toBe('sync-finished')
  writeHome(home, 1)
  expect((await run('profile', '--', 'sync')).status).toBe(69)
  for (const words of [[], ['--', 'export'], ['nonsense'], ['--', 'sync', '--nonsense']]) {
    expect((await run('profile', ...words)).status).toBe(64)
  }
})

test('all threads are sampled; a report is of a part of a run: a thread, an account, a range of time', async () => {
  const store = mailOf({ INBOX: [letterOf('one'), letterOf('two')] })
  await using server = await startDemoServer({ store, users: { ada: password }, latencyMs: 60 })
  const { home, run } = homeAt(server.port)
  const quiet = await run('profile', '--', 'sync', '-q')
  expect([quiet.status, quiet.stderr]).toEqual([0, expect.stringMatching(/^\S[^]*\n\nrun 1, /)])
  const folded = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await run('profile', 'report', '--format', 'folded', ...words)
    return [...new Set(stdout.split('\n').map((line) => line.slice(0, line.indexOf(';'))))].filter(
      (name) => name !== '',
    )
  }
  expect(await folded()).toEqual(['indexer', 'main', 'writer'])
  expect(await folded('--thread', 'writer')).toEqual(['writer'])
  expect(await folded('--account', 'ada')).toEqual(['main'])
  const json = async (...words: readonly string[]) =>
    parsed((await run('profile', 'report', '--format', 'json', ...words)).stdout)
  const all = await json()
  const commands = (report: typeof all): readonly Readonly<Record<string, unknown>>[] =>
    Array.isArray(report['commands']) ? report['commands'].map((one) => parsed(JSON.stringify(one))) : []
  // Half of the wait for the first answer.
  const listed = commands(all).find(({ name }) => name === 'LIST')
  const sinceMs = Math.round(Number(listed?.['sentAt']) / 1000) + 10
  const part = await json('--since', `${sinceMs}ms`, '--until', `${sinceMs + 30}ms`)
  expect([part['elapsedMs'], commands(part).map(({ name }) => name)]).toEqual([30, ['LIST']])
  expect(part['sums']).toMatchObject([{ account: 'ada', command: 'LIST', blameMs: { 'wait: first byte': 30 } }])
  const path = join(home, 'run.pb.gz')
  expect((await run('profile', 'report', '--format', 'pprof', '--output', path)).status).toBe(0)
  expect(readFileSync(path).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]))
  const hot = parsed((await run('profile', 'report', '--format', 'cpuprofile')).stdout)
  expect(hot['nodes']).toEqual(expect.arrayContaining([expect.objectContaining({ id: 1 })]))
  expect((await run('profile', 'report', '--account', 'bob')).status).toBe(66)
  expect((await run('profile', 'report', '--since', '1h')).status).toBe(64)
  expect((await run('profile', 'report', '--thread', 'writer', '--format', 'cpuprofile')).status).toBe(0)
  expect((await run('profile', 'report', '--thread', 'nobody', '--format', 'cpuprofile')).status).toBe(66)
})

test('every sync is kept, the newest first; of old ones the commands go, then all', async () => {
  await using server = await startDemoServer({ store: mailOf({ INBOX: [letterOf('one')] }), users: { ada: password } })
  const { home, run } = homeAt(server.port)
  expect((await run('profile', 'report')).status).toBe(66)
  for (let number = 0; number < 7; number++) expect((await run('sync', '-q')).status).toBe(0)
  const { stdout } = await run('profile', 'list', '--json')
  const runs = stdout
    .trim()
    .split('\n')
    .map((line) => parsed(line))
  expect(runs.map(({ id, command }) => [id, command])).toEqual([7, 6, 5, 4, 3, 2, 1].map((id) => [id, 'sync']))
  const commandsOf = async (id: number): Promise<unknown> =>
    parsed((await run('profile', 'report', `${id}`, '--format', 'json')).stdout)['commands']
  expect(await commandsOf(1)).toEqual([])
  expect(await commandsOf(7)).toContainEqual(expect.objectContaining({ account: 'ada', name: 'LIST' }))
  expect((await run('profile', 'whatif', '1', '--connections', '2')).status).toBe(66)
  const path = join(home, 'run.json')
  expect((await run('profile', 'report', '7', '--format', 'trace', '--output', path)).stdout).toBe('')
  expect(parsed(readFileSync(path, 'utf8'))).toMatchObject({ displayTimeUnit: 'ms' })
  expect((await run('profile', 'prune', '--keep', '2')).status).toBe(0)
  expect((await run('profile', 'list', '--json')).stdout.trim().split('\n')).toHaveLength(2)
  const missing = await run('profile', 'report', '3', '--json')
  expect([missing.status, missing.stderr]).toEqual([66, expect.stringContaining('"NO_SUCH_RUN"')])
})

test('a plan keeps no profile, and a file of profiles that is of no use costs a sync nothing', async () => {
  const mail = mailOf({ INBOX: [letterOf('one')] })
  const from = await mirrorOf(mail)
  const path = join(from.home, 'mail.profile.db')
  expect(existsSync(path)).toBe(true)
  const foreign = new Sqlite(path)
  foreign.pragma('application_id = 7')
  foreign.close()
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  writeHome(from.home, server.port)
  expect(await from.run('sync', '-q')).toMatchObject({ status: 0, stderr: '' })
  const verbose = await from.run('sync', '-v')
  expect([verbose.status, verbose.stderr]).toEqual([
    0,
    expect.stringMatching(/no profile of this run was kept: .*another program/),
  ])
  expect((await from.run('profile', 'report')).status).toBe(78)
  const other = homeAt(server.port)
  expect((await other.run('sync', '--dry-run')).status).toBe(0)
  expect(existsSync(join(other.home, 'mail.profile.db'))).toBe(false)
})

test('what would be with more connections: a range, and how far the replay is to be trusted', async () => {
  const boxes = Array.from({ length: 10 }, (_, index): [string, string[]] => [`Box ${index}`, [letterOf(`${index}`)]])
  await using server = await startDemoServer({
    store: mailOf(Object.fromEntries<readonly string[]>(boxes)),
    users: { ada: password },
    latencyMs: 20,
  })
  const { home, run } = homeAt(server.port)
  writeHome(home, server.port, 'connections = 1')
  expect((await run('sync', '-q', '--no-index')).status).toBe(0)
  const answer = parsed((await run('profile', 'whatif', '--connections', '5', '--json')).stdout)
  expect(answer).toMatchObject({ v: 1, connections: 5, lanes: 1 })
  expect(Number(answer['bestMs'])).toBeLessThan(Number(answer['elapsedMs']))
  expect(Number(answer['worstMs'])).toBeLessThanOrEqual(Number(answer['elapsedMs']))
  const text = await run('profile', 'whatif', '--connections', '5')
  expect(text.stdout).toMatch(/^With 5 connections: .*\. It took .* with 1; a replay of that takes .*\.\n/)
  expect((await run('profile', 'whatif', '--connections', '0')).status).toBe(64)
  expect((await run('profile', 'whatif')).status).toBe(64)
})

test('what changed between two runs is named, and --fail-over ends with 1', async () => {
  const letters = Array.from({ length: 20 }, (_, index) => letterOf(`${index}`))
  const home = homeAt()
  for (const latencyMs of [0, 80]) {
    const mail = mailOf({ INBOX: letters, Archive: letters })
    await using server = await startDemoServer({ store: mail, users: { ada: password }, latencyMs })
    writeHome(home.home, server.port, 'connections = 1')
    expect((await home.run('sync', '-q', '--full', '--no-index')).status).toBe(0)
  }
  const { status, stdout } = await home.run('profile', 'diff', '1', '2')
  expect([status, stdout]).toEqual([
    0,
    expect.stringMatching(
      /^The second run took \d+ % longer \(\+[\d.]+ m?s\): \+[\d.]+ m?s in ada .*wait: (?:first byte|auth)\.\n/,
    ),
  ])
  expect((await home.run('profile', 'diff', '1', '2', '--fail-over', '10')).status).toBe(1)
  const back = parsed((await home.run('profile', 'diff', '2', '1', '--fail-over', '10', '--json')).stdout)
  expect(Number(back['change'])).toBeLessThan(0)
  const same = await home.run('profile', 'diff', '2', '2')
  expect([same.status, same.stdout]).toEqual([0, expect.stringMatching(/^The two runs took the same time/)])
  expect((await home.run('profile', 'diff', '1', '9')).status).toBe(66)
})

test('status --slow ranks the mailboxes of the last sync', async () => {
  const boxes = {
    INBOX: [letterOf('one')],
    Large: Array.from({ length: 30 }, (_, index) => letterOf(`${index}`).repeat(2000)),
  }
  await using server = await startDemoServer({
    store: mailOf(boxes),
    users: { ada: password },
    octetsPerSecond: 5_000_000,
  })
  const { home, run } = homeAt(server.port)
  writeHome(home, server.port, 'connections = 1')
  expect((await run('status', '--slow')).status).toBe(66)
  expect((await run('sync', '-q', '--no-index')).status).toBe(0)
  const { mailboxes } = parsed((await run('status', '--slow', '--json')).stdout)
  const paths = (Array.isArray(mailboxes) ? mailboxes : []).map((one) => parsed(JSON.stringify(one))['path'])
  expect(paths[0]).toBe('Large')
  expect(new Set(paths)).toEqual(new Set(['', 'INBOX', 'Large']))
  expect((await run('status', '--slow')).stdout).toMatch(/^The sync of .* took .*:\n\n +Time +Mostly [^]*ada\/Large\n/)
  const one = parsed((await run('status', '--slow', '--json', 'ada/INBOX')).stdout)
  expect(one['mailboxes']).toMatchObject([{ account: 'ada', path: 'INBOX' }])
})

test('--redact leaves no name of an account or a mailbox in any format', async () => {
  const boxes = { 'Geheimes Projekt': [letterOf('one')], Zweites: [letterOf('two')] }
  await using server = await startDemoServer({ store: mailOf(boxes), users: { ada: password }, latencyMs: 150 })
  const { home, run } = homeAt(server.port)
  writeHome(home, server.port, 'connections = 1')
  expect((await run('profile', '--', 'sync', 'ada', '--no-index')).status).toBe(0)
  for (const format of ['text', 'json', 'folded', 'speedscope', 'svg', 'trace', 'html', 'cpuprofile']) {
    const { status, stdout } = await run('profile', 'report', '--format', format, '--redact')
    expect([status, /Geheim|Zweites|\bada\b/.test(stdout)]).toEqual([0, false])
  }
  const page = join(home, 'run.html')
  expect((await run('sync', 'ada', '--no-index', '-q')).status).toBe(0)
  const diff = await run('profile', 'diff', '1', '2', '--format', 'html', '--output', page)
  expect([diff.status, readFileSync(page, 'utf8')]).toEqual([
    0,
    expect.stringMatching(/^<!doctype html>.*run 1 and run 2/s),
  ])
  expect((await run('profile', 'report', '1', '--redact')).stdout).toMatch(/ a1 \/ m\d \/ /)
})
