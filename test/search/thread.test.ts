import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { orderThread } from '../../src/search/thread.ts'
import type { ThreadMember } from '../../src/search/thread.ts'

function member(id: number, messageId: string | undefined, references: readonly string[] = []): ThreadMember {
  return { id, messageId, references, inReplyTo: [], date: id }
}

function placesOf(members: readonly ThreadMember[]): readonly (readonly (number | undefined)[])[] {
  return orderThread(members).map(({ message, depth, parent }) => [message.id, depth, parent])
}

test('answers follow what they answer, by date (RFC 5256)', () => {
  const late = { ...member(4, 'd'), inReplyTo: ['a'] }
  expect(placesOf([late, member(3, 'c', ['a', 'b']), member(2, 'b', ['a']), member(1, 'a')])).toEqual([
    [1, 0, undefined],
    [2, 1, 1],
    [3, 2, 2],
    [4, 1, 1],
  ])
})

test('what is missing is left out, its answers move up', () => {
  expect(placesOf([member(1, 'a'), member(2, 'c', ['a', 'missing']), member(3, 'x', ['gone'])])).toEqual([
    [1, 0, undefined],
    [2, 1, 1],
    [3, 0, undefined],
  ])
})

test('F83: a second message of the same Message-ID stands for itself', () => {
  expect(placesOf([member(1, 'a'), member(2, 'a'), member(3, 'b', ['a'])])).toEqual([
    [1, 0, undefined],
    [3, 1, 1],
    [2, 0, undefined],
  ])
})

test('F84: messages that name each other or themselves are a tree all the same', () => {
  expect(placesOf([member(1, 'a', ['b']), member(2, 'b', ['a']), member(3, 'c', ['c'])])).toEqual([
    [2, 0, undefined],
    [1, 1, 2],
    [3, 0, undefined],
  ])
})

test('10,000 answers each to the one before are 10,000 deep', () => {
  const chain = Array.from({ length: 10_000 }, (_, index) => member(index + 1, `${index}`, [`${index - 1}`]))
  expect(placesOf(chain).at(-1)).toEqual([10_000, 9999, 9999])
})

test('F84: whatever is referred to, each message appears once, below its parent', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
  const shape = fc.record({
    messageId: fc.option(name, { nil: undefined }),
    references: fc.array(name, { maxLength: 5 }),
    inReplyTo: fc.array(name, { maxLength: 2 }),
    date: fc.nat(5),
  })
  fc.assert(
    fc.property(fc.array(shape, { maxLength: 12 }), (shapes) => {
      const places = orderThread(shapes.map((one, index) => ({ ...one, id: index + 1 })))
      expect(places.map(({ message }) => message.id).toSorted((a, b) => a - b)).toEqual(shapes.map((_, at) => at + 1))
      const depths = new Map<number | undefined, number>([[undefined, -1]])
      for (const { message, depth, parent } of places) {
        expect(depth).toBe((depths.get(parent) ?? Number.NaN) + 1)
        depths.set(message.id, depth)
      }
    }),
  )
})
