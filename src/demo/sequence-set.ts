import { firstAtOrAbove } from './stored-mailbox.ts'
import { bad } from './command-refused.ts'

/** Ranges as written, `*` as Infinity (RFC 9051 §9 sequence-set): of UIDs or of sequence numbers. */
export type SequenceSet = readonly (readonly [first: number, last: number])[]

export function parseSequenceSet(text: string): SequenceSet {
  return text.split(',').map((range) => {
    const match = /^(\d{1,10}|\*)(?::(\d{1,10}|\*))?$/.exec(range)
    const first = boundOf(match?.[1])
    return [first, match?.[2] === undefined ? first : boundOf(match[2])] as const
  })
}

export function isSequenceSet(text: string): boolean {
  return /^[\d*]/.test(text)
}

function boundOf(text: string | undefined): number {
  if (text === '*') return Infinity
  const value = Number(text)
  if (!(value >= 1 && value <= 4_294_967_295)) throw bad('no valid sequence set')
  return value
}

/** Positions from 0, ascending, each once, of the messages with these UIDs. `*` is the highest UID, so `n:*` always
 *  names the last message (RFC 9051 §9). */
export function positionsByUid(set: SequenceSet, messages: readonly { readonly uid: number }[]): readonly number[] {
  const highest = messages.at(-1)?.uid
  if (highest === undefined) return []
  return positionsOf(
    set.map(([first, last]) => {
      const [low, high] = ordered(first, last, highest)
      return [firstAtOrAbove(messages, low), firstAtOrAbove(messages, high + 1) - 1]
    }),
  )
}

/** Positions from 0, ascending, each once, of these sequence numbers among `count` messages; BAD above them. */
export function positionsBySeqNum(set: SequenceSet, count: number): readonly number[] {
  return positionsOf(
    set.map(([first, last]) => {
      const [low, high] = ordered(first, last, count)
      if (count === 0 || high > count) throw bad('a sequence number is higher than the number of messages')
      return [low - 1, high - 1]
    }),
  )
}

function ordered(first: number, last: number, star: number): readonly [number, number] {
  const [left, right] = [first === Infinity ? star : first, last === Infinity ? star : last]
  return left <= right ? [left, right] : [right, left]
}

function positionsOf(ranges: (readonly [number, number])[]): readonly number[] {
  ranges.sort((left, right) => left[0] - right[0])
  const positions: number[] = []
  let next = 0
  for (const [first, last] of ranges) {
    for (let position = Math.max(first, next); position <= last; position++) positions.push(position)
    next = Math.max(next, last + 1)
  }
  return positions
}

/** Ascending numbers as a sequence-set: `1:3,7`. */
export function formatSequenceSet(numbers: readonly number[]): string {
  const ranges: string[] = []
  for (let index = 0; index < numbers.length; index++) {
    const first = numbers[index] ?? 0
    let last = first
    while (numbers[index + 1] === last + 1) last = numbers[++index] ?? last
    ranges.push(first === last ? String(first) : `${first}:${last}`)
  }
  return ranges.join(',')
}
