import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { homeAt, letterOf, mailOf, parsed } from '../support/mirrored-home.ts'
import { writeHome } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'

test('a sync that runs is asked what it does: attach, dump and top', async () => {
  const boxes = Object.fromEntries(Array.from({ length: 24 }, (_, box) => [`Box ${box}`, [letterOf(`of ${box}`)]]))
  await using server = await startDemoServer({ store: mailOf(boxes), users: { ada: password }, latencyMs: 150 })
  const { home, run } = homeAt(server.port)
  writeHome(home, server.port, 'connections = 1')
  expect((await run('profile', 'dump')).status).toBe(66)
  expect((await run('profile', 'dump', 'x')).status).toBe(64)
  const syncing = run('profile', '--', 'sync', '-q', '--no-index')
  let dump = await run('profile', 'dump')
  for (let left = 50; left > 0 && !/\nada #/.test(dump.stdout); left--) {
    await delay(100)
    dump = await run('profile', 'dump')
  }
  expect([dump.status, dump.stdout]).toEqual([0, expect.stringMatching(/^Process \d+: [^]*\nada #\d+ +(?:wait|idle)/)])
  const json = parsed((await run('profile', 'dump', '--json')).stdout)
  expect(json).toMatchObject({ v: 1, main: { label: {} }, answer: { lanes: [{ account: 'ada' }] } })
  const attached = await run('profile', 'attach', String(json['pid']), '-d', '300ms')
  expect([attached.status, attached.stdout]).toEqual([
    0,
    expect.stringMatching(/\n(?:CPU of the main thread|The main thread slept)/),
  ])
  const looks = (await run('profile', 'top')).stdout.trim().split('\n').map(parsed)
  expect(looks.length).toBeGreaterThan(1)
  expect(looks.every(({ pid }) => pid === json['pid'])).toBe(true)
  expect((await syncing).status).toBe(0)
  expect((await run('profile', 'attach')).status).toBe(66)
})

test('a report tells when the main thread of its run hung', async () => {
  await using server = await startDemoServer({ store: mailOf({ INBOX: [letterOf('one')] }), users: { ada: password } })
  const { home, run } = homeAt(server.port)
  expect((await run('sync', '-q')).status).toBe(0)
  const report = parsed((await run('profile', 'report', '--format', 'json')).stdout)
  const stall = {
    v: 1,
    pid: 1,
    account: 'ada',
    mailbox: 'IN\u001b[2JBOX',
    command: 'UID FETCH',
    kind: 'ended',
    ms: 1200,
  }
  const rest = { cpuMs: 1190, queueMs: 0, verdict: 'cpu', waitsFor: '', stack: 'a;parse imap/x.ts:1' }
  const lines = [Date.parse(String(report['startedAt'])) + 10, 1000].map((at) =>
    JSON.stringify({ ...stall, at, ...rest }),
  )
  appendFileSync(join(home, 'mail.profile.stalls.jsonl'), `${lines.join('\n')}\n`)
  const { stdout } = await run('profile', 'report')
  expect(stdout).toMatch(
    /\nThe main thread hung once:\n[^\n]*\n *1\.2 s +it computed +ada \/ IN.*BOX \/ UID FETCH +parse imap\/x\.ts:1\n/,
  )
  expect(stdout.includes('\u001b')).toBe(false)
  expect(parsed((await run('profile', 'report', '--format', 'json')).stdout)['stalls']).toHaveLength(1)
  expect((await run('profile', 'report', '--redact')).stdout).not.toContain('hung')
})

test('a mailbox over which a sync had to be ended is left out for a day and said so, unless it is named', async () => {
  const boxes = { INBOX: [letterOf('one')], Bad: [letterOf('two')] }
  await using server = await startDemoServer({ store: mailOf(boxes), users: { ada: password } })
  const { home, run } = homeAt(server.port)
  const burnt = { v: 1, pid: 1, account: 'ada', mailbox: 'Bad', command: 'UID FETCH', kind: 'burnt', ms: 60_000 }
  const rest = { cpuMs: 60_000, queueMs: 0, verdict: 'cpu', waitsFor: '', stack: '' }
  const noteAt = (at: number): void =>
    writeFileSync(join(home, 'mail.profile.stalls.jsonl'), `${JSON.stringify({ ...burnt, ...rest, at })}\n`)
  noteAt(Date.now() - 3_600_000)
  const first = await run('sync')
  expect([first.status, first.stderr]).toEqual([
    1,
    expect.stringMatching(/Bad: [^\n]*left out for a day, since UID FETCH/),
  ])
  const held = async (): Promise<readonly unknown[]> =>
    (await run('search', 'in:anywhere', '--json')).stdout
      .trim()
      .split('\n')
      .map((line) => parsed(line)['subject'])
  expect(await held()).toEqual(['one'])
  expect((await run('sync', 'ada/Bad')).status).toBe(0)
  expect(new Set(await held())).toEqual(new Set(['one', 'two']))
  noteAt(Date.now() - 90_000_000)
  expect((await run('sync')).status).toBe(0)
})
