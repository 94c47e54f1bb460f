import { expect, test } from 'vitest'
import { Recurrence } from '../../src/sync/recurrence.ts'

test('whoever waits for the first of several is woken once, and leaves nothing with those that have not happened', async () => {
  const [rare, frequent] = [new Recurrence(), new Recurrence()]
  for (let times = 0; times < 100; times++) {
    const first = Recurrence.first(rare, frequent)
    expect([rare.waiting, frequent.waiting]).toEqual([1, 1])
    frequent.happen()
    await first
  }
  expect([rare.waiting, frequent.waiting]).toEqual([0, 0])
})

test('what happens wakes all who wait, and nobody who comes later', async () => {
  const often = new Recurrence()
  const heard: string[] = []
  const waits = ['one', 'other'].map((name) => Recurrence.first(often).then(() => heard.push(name)))
  often.happen()
  void Recurrence.first(often).then(() => heard.push('later'))
  await Promise.all(waits)
  expect([heard, often.waiting]).toEqual([['one', 'other'], 1])
})
