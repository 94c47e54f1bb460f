import { expect, test } from 'vitest'
import { SharedReports } from '../../src/profile/shared-reports.ts'

test('what is left by others is read in its order; what has no room is refused, and nothing else is lost', () => {
  const reports = new SharedReports<unknown>()
  const other = new SharedReports<unknown>(reports.buffer)
  expect(other.add({ name: 'réception', at: [1.5, 2] })).toBe(true)
  expect(reports.add([1])).toBe(true)
  expect(other.add('x'.repeat(2 ** 26))).toBe(false)
  expect(other.add('last')).toBe(true)
  expect(reports.all()).toEqual([{ name: 'réception', at: [1.5, 2] }, [1], 'last'])
})
