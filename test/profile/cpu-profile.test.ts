import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { stackNamer, timedSamples } from '../../src/profile/cpu-profile.ts'
import type { CpuProfile } from '../../src/profile/cpu-profile.ts'
import { SampleLog } from '../../src/profile/sample-log.ts'
import { stretchesOf } from '../../src/profile/samples.ts'
import { SourceNames } from '../../src/profile/source-names.ts'
import { parsed } from '../support/mirrored-home.ts'

const frame = (functionName: string) => ({ functionName, url: '', lineNumber: 0, columnNumber: 0 })
const nameOf = ({ functionName }: { readonly functionName: string }): string => functionName

const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 3] },
    { id: 2, callFrame: frame('a b'), children: [4] },
    { id: 3, callFrame: frame('get x;y') },
    { id: 4, callFrame: frame('') },
  ],
  startTime: 0,
  endTime: 100,
  samples: [2, 3, 2, 3],
  // At 10, 60, 30 and 70: one out of order.
  timeDeltas: [10, 50, -30, 40],
}

test('samples last until the next one, in the order of time', () => {
  const stackOf = stackNamer(profile, nameOf)
  expect(timedSamples(profile).map(({ node, at, micros }) => [stackOf(node), at, micros])).toEqual([
    ['a b', 10, 20],
    ['a b', 30, 30],
    ['get x%3By', 60, 10],
    ['get x%3By', 70, 30],
  ])
  expect(timedSamples({ nodes: [], startTime: 0, endTime: 1 })).toEqual([])
})

function sumOf(log: SampleLog): number {
  return log.read([]).micros.reduce((sum, one) => sum + one, 0)
}

test('profiles that overlap count no time twice, and stretches of the same are one', () => {
  const log = new SampleLog('main', nameOf)
  log.add(profile, 0)
  log.add({ ...profile, startTime: 80, endTime: 180 }, 0)
  expect(sumOf(log)).toBe(90 + 80)
  const found = [...stretchesOf({ threads: [log.read([])] })].map(({ stack, at, micros }) => [stack, at, micros])
  expect(found).toEqual([
    ['a b', 10, 50],
    ['get x%3By', 60, 40],
    ['a b', 100, 40],
    ['get x%3By', 140, 40],
  ])
  expect([...log.since(170)]).toEqual([['get x%3By', 10]])
})

test('a long run loses precision, never time', () => {
  const log = new SampleLog('main', nameOf)
  for (let second = 0; second < 60; second++) {
    const samples = Array.from({ length: 10_000 }, (_, index) => (index % 2 === 0 ? 2 : 3))
    const timeDeltas = samples.map((_, index) => (index === 0 ? 0 : 100))
    log.add({ ...profile, startTime: second * 1e6, endTime: second * 1e6 + 1e6, samples, timeDeltas }, 0)
  }
  expect([log.read([]).at.length < 300_000, sumOf(log), log.read([]).count]).toEqual([true, 60e6, 600_000])
  const sums = new Map<string, number>()
  for (const { stack, micros } of stretchesOf({ threads: [log.read([])] }))
    sums.set(stack, (sums.get(stack) ?? 0) + micros)
  expect([...sums.values()]).toEqual([30e6, 30e6])
})

test('a function is named by its place in the source, where a map tells it', () => {
  const url = new URL('../../dist/profile/cpu-profile.js', import.meta.url).href
  const names = new SourceNames()
  const built = { functionName: 'timedSamples', url, lineNumber: 5, columnNumber: 10 }
  expect(names.of(built)).toMatch(/^timedSamples profile\/cpu-profile\.ts:\d+$/)
  expect(names.of({ ...built, url: 'file:///nowhere/x/y.js' })).toBe('timedSamples x/y.js:6')
  expect(names.of({ ...built, url: 'node:fs', functionName: '' })).toBe('(anonymous) node:fs:6')
})

const built = (name: string): string => JSON.stringify(new URL(`../../dist/profile/${name}.js`, import.meta.url).href)

/** Runs a program of its own, since a sampler is a process's; gives what it prints as JSON. */
function runProgram(text: string): Readonly<Record<string, unknown>> {
  return parsed(execFileSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8' }))
}

const busy = `
function busyFor(ms) {
  const end = performance.now() + ms
  let sum = 0
  while (performance.now() < end) for (let index = 0; index < 1000; index++) sum += Math.sqrt(index)
  return sum
}
const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
`

test('names of functions are kept over rotations (trap 1), no port is opened, and the process ends by itself', () => {
  const { shares, url } = runProgram(`
import { url } from 'node:inspector'
import { nowMicros } from ${built('micros-clock')}
import { Sampler } from ${built('sampler')}
${busy}
const startMicros = nowMicros()
const sampler = new Sampler({ thread: 'main', intervalMicros: 1000, startMicros })
function hot(rounds) {
  let sum = 0
  for (let round = 0; round < rounds; round++) {
    const from = nowMicros() - startMicros
    busyFor(200)
    sampler.rotate()
    const stacks = [...sampler.log.since(from)]
    const all = stacks.reduce((total, [, micros]) => total + micros, 0)
    const its = stacks.filter(([stack]) => stack.includes('busyFor')).reduce((total, [, micros]) => total + micros, 0)
    shares.push(its / all)
  }
  return sum
}
const shares = []
hot(4)
sampler.stop()
console.log(JSON.stringify({ shares, url: url() ?? 'none' }))`)
  expect(url).toBe('none')
  for (const share of Array.isArray(shares) ? shares.map(Number) : [0]) expect(share).toBeGreaterThan(0.5)
})

test.each([false, true])(
  'a split of 70 to 30 between two accounts is seen within 2 points (followed: %s)',
  (follows) => {
    const { share, count, threads, unlabelled } = runProgram(`
import { RunProfiler, modes } from ${built('run-profiler')}
${busy}
const profiler = new RunProfiler({ ...modes.closely, watchAfterMs: 1e9, costLimit: 1, follows: ${follows} })
const { recorder } = profiler
async function work(account, ms) {
  const lane = recorder.openLane(account)
  lane.setMailbox('INBOX')
  for (let round = 0; round < 60; round++) {
    lane.commandSent('UID FETCH', 10)
    lane.cpu('cpu: parse', () => busyFor(ms / 2))
    await Promise.resolve()
    busyFor(ms / 2)
    lane.commandEnded()
    await delay(1)
    // After a timer only what follows an account knows whose turn it is.
    if (${follows}) busyFor(ms)
  }
}
await Promise.all([['ada', 70], ['bob', 30]].map(([name, ms]) => recorder.forAccount(name, () => work(name, ms))))
const samples = profiler.finish()
const { stretchesOf } = await import(${built('samples')})
const sums = { ada: 0, bob: 0, '': 0 }
for (const { account, stack, micros } of stretchesOf(samples)) if (stack.includes('busyFor')) sums[account] += micros
console.log(JSON.stringify({
  share: sums.ada / (sums.ada + sums.bob),
  unlabelled: sums[''] / (sums.ada + sums.bob),
  count: samples.threads[0].count,
  threads: samples.threads.map(({ thread }) => thread),
}))`)
    expect([Number(count) > 3000, threads]).toEqual([true, ['main']])
    expect(Math.abs(Number(share) - 0.7)).toBeLessThan(0.02)
    expect(Number(unlabelled)).toBeLessThan(0.02)
  },
)
