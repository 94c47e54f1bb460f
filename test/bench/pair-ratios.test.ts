import { expect, test } from 'vitest'
import type { Figures, Measured } from './measure.ts'
import { cpuRatios } from './pair-ratios.ts'

function row(name: string, cpus: readonly number[], complaint?: string): Measured {
  const runs = cpus.map((cpu): Figures => ({ wall: 1, cpu, peak: 100, server: 0, other: 0, status: 0 }))
  return { name, runs, spoiled: false, complaint }
}

test('runs are compared turn by turn, so that a slower hour of the machine changes no ratio', () => {
  const rows = [row('sync', [1.25, 2, 4.25, 12]), row('sync --no-profile', [1, 2, 4, 8])]
  expect(cpuRatios(rows, 'sync', 'sync --no-profile')).toEqual({ median: 1.15625, quartiles: [1.046875, 1.3125] })
})

test('one pair is its own median and quartiles', () => {
  const rows = [row('sync', [3]), row('sync --no-profile', [2])]
  expect(cpuRatios(rows, 'sync', 'sync --no-profile')).toEqual({ median: 1.5, quartiles: [1.5, 1.5] })
})

test('what failed or was not measured has no ratio', () => {
  const rows = [row('sync', [3]), row('sync --no-profile', [2], 'ended with 1')]
  expect(cpuRatios(rows, 'sync', 'sync --no-profile')).toBeUndefined()
  expect(cpuRatios(rows, 'profile -- sync', 'sync')).toBeUndefined()
})
