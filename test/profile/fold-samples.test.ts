import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { foldSamples } from '../../src/profile/fold-samples.ts'
import type { CpuProfile } from '../../src/profile/fold-samples.ts'
import { foldedText, stacksText } from '../../src/profile/formats/folded.ts'
import { speedscopeJson } from '../../src/profile/formats/speedscope.ts'
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

test('samples are weighted by the time to the next one, in the order of time', () => {
  expect([...foldSamples(profile, nameOf)]).toEqual([
    ['a b', 50],
    ['get x%3By', 40],
  ])
})

test('names with blanks, semicolons and nothing survive every format', () => {
  const stacks = foldSamples({ ...profile, samples: [4, 3], timeDeltas: [10, 10] }, nameOf)
  expect(stacksText(stacks)).toBe('main;a b; 10\nmain;get x%3By 80\n')
  const { profiles, shared } = parsed(speedscopeJson(stacks, 'run'))
  expect(shared).toEqual({ frames: [{ name: 'a b' }, { name: '' }, { name: 'get x%3By' }] })
  expect(profiles).toMatchObject([
    { type: 'sampled', unit: 'microseconds', endValue: 90, samples: [[0, 1], [2]], weights: [10, 80] },
  ])
})

test('a profile without samples is no stacks', () => {
  expect(foldSamples({ nodes: [], startTime: 0, endTime: 1 }, nameOf).size).toBe(0)
  const nothing = {
    elapsedMicros: 1,
    unblamedMicros: 0,
    lanes: 0,
    sums: [],
    heldUp: [],
    writer: [],
    locks: [],
    ceilings: [],
    schedule: undefined,
    commands: [],
  }
  expect(foldedText({ ...nothing, forgottenCommands: 0 })).toBe('')
})

const sampling = `
import { url } from 'node:inspector'
import { Sampler } from ${JSON.stringify(new URL('../../dist/profile/sampler.js', import.meta.url).href)}
function busyFor(ms) {
  const end = performance.now() + ms
  let sum = 0
  while (performance.now() < end) for (let index = 0; index < 1000; index++) sum += Math.sqrt(index)
  return sum
}
const sampler = new Sampler(1000)
busyFor(300)
const { stacks, count } = sampler.stop()
console.log(JSON.stringify({ stacks: [...stacks], count, url: url() ?? 'none' }))
`

test('the main thread is sampled by name and place, and no port is opened', () => {
  const stdout = execFileSync(process.execPath, ['--input-type=module', '-e', sampling], { encoding: 'utf8' })
  const { stacks, count, url } = parsed(stdout)
  const found = (Array.isArray(stacks) ? stacks : []).map(([stack, micros]) => [String(stack), Number(micros)] as const)
  const sum = (some: typeof found): number => some.reduce((total, [, micros]) => total + micros, 0)
  expect([Number(count) > 20, url]).toEqual([true, 'none'])
  expect(sum(found.filter(([stack]) => stack.includes('busyFor'))) / sum(found)).toBeGreaterThan(0.5)
})

test('a function is named by its place in the source, where a map tells it', () => {
  const url = new URL('../../dist/profile/fold-samples.js', import.meta.url).href
  const names = new SourceNames()
  const built = { functionName: 'foldSamples', url, lineNumber: 5, columnNumber: 10 }
  expect(names.of(built)).toMatch(/^foldSamples profile\/fold-samples\.ts:\d+$/)
  expect(names.of({ ...built, url: 'file:///nowhere/x/y.js' })).toBe('foldSamples x/y.js:6')
  expect(names.of({ ...built, url: 'node:fs', functionName: '' })).toBe('(anonymous) node:fs:6')
})
