import { expect, test } from 'vitest'
import { SeededRandom } from '../../src/demo/seeded-random.ts'
import { changePoint } from '../../src/profile/change-point.ts'

/** Numbers from 0 to 1, the same each time. */
function seededRandom(seed: number): () => number {
  const random = new SeededRandom(seed)
  return () => random.below(2 ** 31) / 2 ** 31
}

/** Log-normal noise around 1. */
function noise(random: () => number): number {
  const gauss = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Math.exp(0.4 * gauss)
}

test('500 noisy series without a change raise no alarm', () => {
  const random = seededRandom(7)
  const alarms = Array.from({ length: 500 }, () => changePoint(Array.from({ length: 40 }, () => 20 * noise(random))))
  expect(alarms.filter((alarm) => alarm !== undefined)).toEqual([])
})

test.each([3, 5, 20])('a series that becomes %s times slower is found where it does', (times) => {
  const random = seededRandom(8)
  const found = Array.from({ length: 200 }, () =>
    changePoint(Array.from({ length: 40 }, (_, index) => (index < 20 ? 20 : 20 * times) * noise(random))),
  )
  const near = found.filter((change) => change !== undefined && Math.abs(change.at - 20) <= 1)
  expect(near.length).toBeGreaterThan(times === 3 ? 170 : 195)
})

test('short series, and what becomes faster, say nothing', () => {
  expect(changePoint([1, 1, 1, 9, 9, 9])).toBeUndefined()
  expect(changePoint([...Array.from({ length: 20 }, () => 50), ...Array.from({ length: 20 }, () => 5)])).toBeUndefined()
  expect(changePoint([])).toBeUndefined()
})
