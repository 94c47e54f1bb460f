import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'
import { Ajv } from 'ajv'
import { Profile } from 'pprof-format'
import type { StringTable } from 'pprof-format'
import { expect, test } from 'vitest'
import type { CpuProfile } from '../../src/profile/cpu-profile.ts'
import { cpuProfileJson } from '../../src/profile/formats/cpuprofile.ts'
import { flameTree } from '../../src/profile/formats/flame-tree.ts'
import { blameStacks, foldedText } from '../../src/profile/formats/folded.ts'
import { parseFrame, sampledStacks, withoutIdle } from '../../src/profile/formats/folded-stacks.ts'
import { pprofGzip } from '../../src/profile/formats/pprof.ts'
import { speedscopeJson } from '../../src/profile/formats/speedscope.ts'
import { SampleLog } from '../../src/profile/sample-log.ts'
import type { Label, Samples } from '../../src/profile/samples.ts'

interface WrittenProfile extends CpuProfile {
  readonly nodes: readonly (CpuProfile['nodes'][number] & { readonly hitCount: number })[]
}

const hostile = { account: 'a </script>', mailbox: 'b %3B c 12', command: 'UID FETCH' }
const labels: readonly Label[] = [{ account: '', mailbox: '', command: '' }, hostile]
const frame = (functionName: string, lineNumber = -1) => {
  return { functionName, url: '', lineNumber, columnNumber: -1 }
}
const names = ['(anonymous) x y/z.ts:12', 'get a;b imap/tokens.ts:7', '(idle)', 'réception']

/** 2,000 samples of four functions, of which the second calls the fourth; half of them for the hostile label. */
function samples(): Samples {
  const log = new SampleLog('main', ({ functionName }) => functionName)
  const profile: CpuProfile = {
    nodes: [
      { id: 1, callFrame: frame('(root)'), children: [2, 3, 4] },
      ...names.map((name, index) => ({
        id: index + 2,
        callFrame: frame(name),
        children: index === 1 ? [5] : [],
      })),
    ],
    startTime: 1000,
    endTime: 2_001_000,
    samples: Array.from({ length: 2000 }, (_, index) => 2 + (index % 4)),
    timeDeltas: Array.from({ length: 2000 }, (_, index) => (index === 0 ? 0 : 1000)),
  }
  log.add(profile, -1000, (at) => (at >= 1_001_000 ? 1 : 0))
  const cost = { ownMs: 1, processMs: 100, givenUp: [] }
  const writer = { ...log.read(labels), thread: 'writer' }
  return {
    intervalMicros: 1000,
    threadIntervalMicros: 1000,
    threads: [log.read(labels), writer],
    cost,
    isDegraded: false,
  }
}

const sumOf = (values: Iterable<number>): number => [...values].reduce((sum, one) => sum + one, 0)

test('folded text: a number behind the last blank, frames between semicolons, names as they are', () => {
  const lines = foldedText(sampledStacks(samples())).trim().split('\n')
  expect(lines).toHaveLength(16)
  for (const line of lines) expect(line).toMatch(/^(?:main|writer)(?:;[^;]+)+ 250000$/)
  expect(lines).toContain('main;a </script>;b %3B c 12;UID FETCH;get a%3Bb imap/tokens.ts:7;réception 250000')
  expect(lines).toContain('writer;(anonymous) x y/z.ts:12 250000')
  expect(sumOf(withoutIdle(sampledStacks(samples())).values())).toBe(3_000_000)
  const nothing = {
    elapsedMicros: 1,
    unblamedMicros: 0,
    lanes: 0,
    sums: [],
    heldUp: [],
    writer: [],
    commands: [],
    locks: [],
  }
  expect(foldedText(blameStacks({ ...nothing, forgottenCommands: 0, ceilings: [], schedule: undefined }))).toBe('')
})

test('frames are taken apart at the last blank', () => {
  expect(parseFrame('get x y imap/a.ts:12')).toEqual({ name: 'get x y', file: 'imap/a.ts', line: 12 })
  expect(parseFrame('(garbage collector)')).toEqual({ name: '(garbage collector)', file: '', line: 0 })
  expect(flameTree(sampledStacks(samples()), 'all').micros).toBe(4_000_000)
})

test('speedscope: valid against its schema, a profile for each thread, all of the time', () => {
  const path = createRequire(import.meta.url).resolve('speedscope/dist/release/file-format-schema.json')
  const schema: unknown = JSON.parse(readFileSync(path, 'utf8'))
  const file: unknown = JSON.parse(speedscopeJson(samples(), 'run 1'))
  const ajv = new Ajv({ strict: false })
  expect(typeof schema).toBe('object')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked above
  const isValid = ajv.validate(schema as object, file)
  expect([isValid, ajv.errors]).toEqual([true, null])
  expect(file).toMatchObject({
    profiles: [
      { name: 'main', unit: 'microseconds', endValue: 2_000_000 },
      { name: 'writer', unit: 'microseconds', endValue: 2_000_000 },
    ],
  })
})

test('a cpuprofile is a tree as V8 writes it: each node has one parent, samples name nodes, instants add up', () => {
  const [main] = samples().threads
  const value: unknown = JSON.parse(main === undefined ? '{}' : cpuProfileJson(main))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is not as it says fails below
  const { nodes, samples: hits = [], timeDeltas = [], startTime, endTime } = value as WrittenProfile
  const ids = new Set(nodes.map(({ id }) => id))
  const children = nodes.flatMap((node) => node.children ?? [])
  expect([new Set(children).size, children.length]).toEqual([ids.size - 1, ids.size - 1])
  expect(nodes[0]).toMatchObject({ id: 1, callFrame: { functionName: '(root)', lineNumber: -1, columnNumber: -1 } })
  expect(hits.every((id) => ids.has(id))).toBe(true)
  expect(sumOf(nodes.map(({ hitCount }) => hitCount))).toBe(hits.length)
  expect([startTime, endTime, sumOf(timeDeltas), hits.length]).toEqual([0, 2_000_000, 1_999_000, timeDeltas.length])
  const place = { scriptId: '0', url: 'imap/tokens.ts', lineNumber: 6, columnNumber: 0 }
  expect(nodes.map(({ callFrame }) => callFrame)).toContainEqual({ functionName: 'get a%3Bb', ...place })
})

test('pprof: decodes, with thread, account, mailbox and command as labels, and all of the time', () => {
  const profile = Profile.decode(
    gunzipSync(pprofGzip(samples(), { startedAtMs: 1_700_000_000_000, elapsedMicros: 2_000_000 })),
  )
  const strings: StringTable = profile.stringTable
  const text = (index: number | bigint): string => strings.strings[Number(index)] ?? ''
  const found = profile.sample.map(({ label, value, locationId }) => ({
    label: Object.fromEntries(label.map(({ key, str }) => [text(key), text(str)])),
    nanoseconds: Number(value[0]),
    names: locationId.map((id) => {
      const line = profile.location.find((one) => one.id === id)?.line[0]
      const its = profile.function.find((one) => one.id === line?.functionId)
      return its === undefined ? '?' : `${text(its.name)}|${text(its.filename)}|${Number(line?.line)}`
    }),
  }))
  expect(found).toHaveLength(16)
  expect(sumOf(found.map(({ nanoseconds }) => nanoseconds))).toBe(4_000_000_000)
  expect(found).toContainEqual({
    label: { thread: 'main', ...hostile },
    nanoseconds: 250_000_000,
    // From the leaf on.
    names: ['réception||0', 'get a%3Bb|imap/tokens.ts|7'],
  })
  expect(profile.sampleType.map(({ type, unit }) => [text(type), text(unit)])).toEqual([['wall', 'nanoseconds']])
  expect([Number(profile.durationNanos), Number(profile.period)]).toEqual([2_000_000_000, 1_000_000])
})
