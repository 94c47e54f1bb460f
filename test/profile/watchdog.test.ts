import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findControlPlaces, makeControlPlace, removeControlPlace } from '../../src/profile/control-place.ts'
import { readStalls } from '../../src/profile/stall-log.ts'
import { parsed } from '../support/mirrored-home.ts'

const built = (name: string): string => JSON.stringify(new URL(`../../dist/profile/${name}.js`, import.meta.url).href)

const folder = (): string => mkdtempSync(join(tmpdir(), 'mailmirror-test-'))

/** A run whose main thread does what `work` says, for account ada, mailbox INBOX, command UID FETCH. */
const program = (dir: string, work: string): string => `
import { execFileSync, spawn } from 'node:child_process'
import { url } from 'node:inspector'
import { existsSync, lstatSync } from 'node:fs'
import { RunProfiler, modes } from ${built('run-profiler')}
import { askProcess } from ${built('control-client')}
import { findControlPlaces } from ${built('control-place')}
const dir = ${JSON.stringify(dir)}
const profiler = new RunProfiler({ ...modes.closely, stallMs: 200 }, { stallFile: dir + '/stalls.jsonl', bases: [dir + '/' + 'x'.repeat(100), dir] })
const lane = profiler.recorder.openLane('ada')
lane.setMailbox('INBOX')
lane.commandSent('UID FETCH', 10)
const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const until = async (isDone) => { for (let left = 1000; left > 0 && !isDone(); left--) await delay(10) }
await until(() => findControlPlaces([dir]).some(({ socket }) => existsSync(socket)))
await delay(300)
function busyFor(ms) { const end = performance.now() + ms; while (performance.now() < end); }
const hold = (work) => lane.cpu('cpu: parse', work)
${work}
profiler.finish()
`

function run(dir: string, work: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '-e', program(dir, work)], { encoding: 'utf8' })
}

test.each([
  ['CPU', 'function parseHuge() { busyFor(700) }', 'parseHuge', ['cpu', 'starved']],
  [
    'a loop that calls nothing',
    'function tightLoop() { let x = 0; for (let i = 0; i < 1.5e9; i++) x += i; return x }',
    'tightLoop',
    ['cpu', 'starved'],
  ],
  [
    'a regular expression',
    "function regexBomb() { return /^(a+)+$/.test('a'.repeat(26) + 'b') }",
    'regexBomb',
    ['cpu', 'starved'],
  ],
  ['another program', "function slowDisk() { execFileSync('sleep', ['0.7']) }", 'slowDisk', ['system']],
  [
    'a lock',
    'function waitNative() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700) }',
    'waitNative',
    ['system'],
  ],
])('a main thread that hangs in %s is told, by function, account and reason (F97)', (...[, body, name, verdicts]) => {
  const dir = folder()
  run(dir, `${body}\nhold(${name})\nawait delay(400)`)
  const stalls = readStalls(join(dir, 'stalls.jsonl')).filter(({ stack }) => stack.includes(name))
  expect(stalls).toHaveLength(1)
  expect(stalls[0]).toMatchObject({ account: 'ada', mailbox: 'INBOX', command: 'UID FETCH', kind: 'ended' })
  expect(verdicts).toContain(stalls[0]?.verdict)
  expect(stalls[0]?.ms).toBeGreaterThan(300)
})

test('a process that is stopped and goes on has not hung', () => {
  const dir = folder()
  run(
    dir,
    `spawn('sh', ['-c', 'sleep 0.1; kill -STOP ' + process.pid + '; sleep 0.8; kill -CONT ' + process.pid])
await delay(1500)`,
  )
  expect(readStalls(join(dir, 'stalls.jsonl')).filter(({ ms }) => ms > 700)).toEqual([])
})

test('what burns more CPU than it may ends the process, and what is known of it is written down before', () => {
  const dir = folder()
  const text = program(dir, 'hold(() => busyFor(30_000))').replace('stallMs: 200 }', 'stallMs: 200, killCpuMs: 500 }')
  const { signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8' })
  expect(signal).toBe('SIGKILL')
  expect(stderr).toMatch(/^mailmirror: ended, since ada \/ INBOX \/ UID FETCH has kept the main thread busy for \d+ s;/)
  const stalls = readStalls(join(dir, 'stalls.jsonl')).filter(({ kind }) => kind === 'burnt')
  expect(stalls).toMatchObject([{ account: 'ada', mailbox: 'INBOX', verdict: 'cpu' }])
  expect(stalls[0]?.stack).toContain('busyFor')
})

test('what a process that was killed has left is removed by the next one; what is not ours is neither asked nor removed', () => {
  const base = folder()
  const make = (name: string, mode: number): void => {
    mkdirSync(join(base, name), { mode })
    writeFileSync(join(base, name, 'token'), 'x', { mode: 0o600 })
  }
  make('mailmirror-999999999-abc', 0o700)
  make('mailmirror-999999998-open', 0o755)
  expect(findControlPlaces([base, base]).map(({ pid }) => pid)).toEqual([999_999_999])
  const place = makeControlPlace([base])
  expect(findControlPlaces([base]).map(({ pid }) => pid)).toEqual([process.pid])
  expect(existsSync(join(base, 'mailmirror-999999998-open'))).toBe(true)
  if (place !== undefined) removeControlPlace(place)
  expect(findControlPlaces([base])).toEqual([])
  expect(makeControlPlace([join(base, 'nowhere')])).toBeUndefined()
})

test('while the main thread hangs it can be asked within a second, by its owner alone, and no port is opened', () => {
  const dir = folder()
  const client = `
import { askProcess } from ${built('control-client')}
import { findControlPlaces } from ${built('control-place')}
import { connect } from 'node:net'
const [place] = findControlPlaces([${JSON.stringify(dir)}])
const timed = async (ms) => {
  const begun = performance.now()
  const { main, answer } = await askProcess(place, ms)
  return { took: performance.now() - begun - ms, age: main.beatAgeMs, stack: answer.stack, lanes: answer.lanes, stacks: answer.stacks }
}
await new Promise((resolve) => setTimeout(resolve, 300))
const [dump, sampled] = await Promise.all([timed(0), timed(300)])
const wrong = await askProcess({ ...place, token: '0'.repeat(64) }, 0).catch((error) => error.message)
const long = await new Promise((resolve) => {
  const socket = connect(place.socket)
  let text = ''
  socket.on('data', (data) => (text += data)).on('close', () => resolve(text)).on('error', () => undefined)
  socket.end('x'.repeat(5000))
})
console.log(JSON.stringify({ dump, sampled, wrong, long }))`
  const out = run(
    dir,
    `const [place] = findControlPlaces([dir])
const mode = (path) => (lstatSync(path).mode & 0o777).toString(8)
const modes_ = [mode(place.folder), mode(place.socket), mode(place.folder + '/token')]
const child = spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(client)}])
let text = ''
child.stdout.on('data', (data) => (text += data))
hold(() => busyFor(2500))
await until(() => text.endsWith('\\n'))
profiler.finish()
console.log(JSON.stringify({ ...JSON.parse(text), modes: modes_, url: url() ?? 'none', left: findControlPlaces([dir]).length }))`,
  )
  const { dump, sampled, ...rest } = parsed(out)
  expect(rest).toEqual({
    wrong: 'denied',
    long: '{"error":"the request is too long"}',
    modes: ['700', '600', '600'],
    url: 'none',
    left: 0,
  })
  expect(dump).toMatchObject({ lanes: [{ account: 'ada', mailbox: 'INBOX', state: 'cpu: parse' }] })
  for (const one of [dump, sampled]) {
    const { took, age, stack } = parsed(JSON.stringify(one))
    expect([Number(took) < 1000, Number(age) > 250, String(stack).includes('busyFor')]).toEqual([true, true, true])
  }
  expect(JSON.stringify(parsed(JSON.stringify(sampled))['stacks'])).toContain('busyFor')
})
