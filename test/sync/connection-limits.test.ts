import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConnectionLimits } from '../../src/sync/connection-limits.ts'
import type { Release } from '../../src/sync/connection-limits.ts'

const never = new AbortController().signal

/** Who has been admitted, in order. Everything that can happen has happened when `settled` resolves. */
class Door {
  readonly limits: ConnectionLimits
  readonly admitted: string[] = []
  readonly releases = new Map<string, Release>()

  constructor(connections: number, connectionsPerHost: number) {
    this.limits = new ConnectionLimits({ connections, connectionsPerHost })
  }

  async knock(name: string, host: string, signal = never): Promise<void> {
    const release = await this.limits.acquire(host, signal)
    this.admitted.push(name)
    this.releases.set(name, release)
  }

  async knockForSpare(name: string, host: string): Promise<void> {
    const release = await this.limits.acquireSpare(host, never)
    this.admitted.push(name)
    this.releases.set(name, release)
  }

  leave(name: string): void {
    this.releases.get(name)?.()
  }

  async settled(): Promise<readonly string[]> {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    return this.admitted
  }
}

describe('the connections of all accounts', () => {
  test('F16 that wait come in as soon as there may be more, and none while there are too many', async () => {
    const door = new Door(2, 2)
    for (const name of ['a', 'b', 'c', 'd', 'e']) void door.knock(name, 'host')
    door.limits.change({ connections: 4, connectionsPerHost: 3 })
    expect(await door.settled()).toEqual(['a', 'b', 'c'])
    door.limits.change({ connections: 1, connectionsPerHost: 1 })
    door.leave('a')
    door.leave('b')
    expect(await door.settled()).toEqual(['a', 'b', 'c'])
    door.leave('c')
    expect(await door.settled()).toEqual(['a', 'b', 'c', 'd'])
  })

  test('are given in the order in which they were asked for', async () => {
    const door = new Door(1, 1)
    const turns = ['first', 'second', 'third'].map((name) => door.knock(name, name))
    expect(await door.settled()).toEqual(['first'])
    door.leave('first')
    expect(await door.settled()).toEqual(['first', 'second'])
    door.leave('second')
    await Promise.all(turns)
    expect(door.admitted).toEqual(['first', 'second', 'third'])
  })

  test('a host that is full does not hold up the others', async () => {
    const door = new Door(3, 1)
    const turns = [door.knock('a1', 'a'), door.knock('a2', 'a'), door.knock('b1', 'b'), door.knock('c1', 'c')]
    expect(await door.settled()).toEqual(['a1', 'b1', 'c1'])
    door.leave('b1')
    expect(await door.settled()).toEqual(['a1', 'b1', 'c1'])
    door.leave('a1')
    await Promise.all(turns)
    expect(door.admitted).toEqual(['a1', 'b1', 'c1', 'a2'])
  })

  test('a waiter behind one whose host is full is admitted first', async () => {
    const door = new Door(2, 1)
    const turns = [door.knock('a1', 'a'), door.knock('b1', 'b'), door.knock('a2', 'a'), door.knock('c1', 'c')]
    await door.settled()
    door.leave('b1')
    expect(await door.settled()).toEqual(['a1', 'b1', 'c1'])
    door.leave('a1')
    await Promise.all(turns)
    expect(door.admitted).toEqual(['a1', 'b1', 'c1', 'a2'])
  })

  test('F16 a slot that is given back twice is given to one waiter only', async () => {
    const door = new Door(1, 1)
    await door.knock('first', 'a')
    void door.knock('second', 'a')
    void door.knock('third', 'a')
    door.leave('first')
    door.leave('first')
    expect(await door.settled()).toEqual(['first', 'second'])
  })

  test('a waiter that is aborted holds no slot, and does not hold up those behind it', async () => {
    const door = new Door(1, 1)
    const interrupt = new AbortController()
    await door.knock('first', 'a')
    const aborted = door.knock('second', 'a', interrupt.signal)
    const third = door.knock('third', 'a')
    interrupt.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'INTERRUPTED' })
    door.leave('first')
    await third
    expect(door.admitted).toEqual(['first', 'third'])
  })

  test('an aborted signal is refused at once', async () => {
    const door = new Door(1, 1)
    await expect(door.knock('first', 'a', AbortSignal.abort())).rejects.toMatchObject({ code: 'INTERRUPTED' })
    await door.knock('second', 'a')
    expect(door.admitted).toEqual(['second'])
  })

  test('F32 a connection that would merely be faster comes after all that are needed', async () => {
    const door = new Door(2, 1)
    await door.knock('a1', 'a')
    const turns = [door.knockForSpare('a2', 'a'), door.knock('a3', 'a'), door.knockForSpare('b1', 'b')]
    expect(await door.settled()).toEqual(['a1', 'b1'])
    turns.push(door.knockForSpare('c1', 'c'), door.knock('d1', 'd'))
    door.leave('a1')
    expect(await door.settled()).toEqual(['a1', 'b1', 'a3'])
    door.leave('a3')
    expect(await door.settled()).toEqual(['a1', 'b1', 'a3', 'd1'])
    for (const name of ['d1', 'a2', 'b1', 'c1']) {
      door.leave(name)
      await door.settled()
    }
    await Promise.all(turns)
    expect(door.admitted).toEqual(['a1', 'b1', 'a3', 'd1', 'a2', 'c1'])
  })

  test('F32 a slot is wanted by whoever could have it when it is given back', async () => {
    const door = new Door(3, 1)
    await door.knock('a1', 'a')
    void door.knockForSpare('a2', 'a')
    expect(door.limits.isWanted('a')).toBe(false)
    void door.knock('a3', 'a')
    expect([door.limits.isWanted('a'), door.limits.isWanted('b')]).toEqual([true, false])
    await door.knock('b1', 'b')
    await door.knock('c1', 'c')
    void door.knock('d1', 'd')
    // Of the two that wait, d1 may have any slot.
    expect([door.limits.isWanted('a'), door.limits.isWanted('b')]).toEqual([true, true])
  })

  test('F15 a host that refuses one of its connections is given no more than the others', async () => {
    const door = new Door(8, 8)
    for (const name of ['a1', 'a2', 'refused']) await door.knock(name, 'a')
    door.limits.lower('a')
    door.leave('refused')
    void door.knock('a3', 'a')
    await door.knock('b1', 'b')
    expect(await door.settled()).toEqual(['a1', 'a2', 'refused', 'b1'])
    door.leave('a2')
    expect(await door.settled()).toEqual(['a1', 'a2', 'refused', 'b1', 'a3'])
  })

  test('F16 no slot is ever lost or given twice, whatever comes, goes and is aborted', async () => {
    const visit = fc.record({
      host: fc.constantFrom('a', 'b', 'c'),
      ending: fc.constantFrom('released', 'released twice', 'aborted while waiting', 'aborted after'),
      turns: fc.integer({ min: 0, max: 6 }),
      isNeeded: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(visit, { maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        async (visits, connections, connectionsPerHost) => {
          const limits = new ConnectionLimits({ connections, connectionsPerHost })
          const open = new Map<string, number>()
          let most = 0
          let mostOfHost = 0
          const outcomes = await Promise.allSettled(
            visits.map(async ({ host, ending, turns, isNeeded }) => {
              const interrupt = new AbortController()
              const turn = limits[isNeeded ? 'acquire' : 'acquireSpare'](host, interrupt.signal)
              if (ending === 'aborted while waiting') interrupt.abort()
              const release = await turn
              open.set(host, (open.get(host) ?? 0) + 1)
              mostOfHost = Math.max(mostOfHost, open.get(host) ?? 0)
              most = Math.max(
                most,
                [...open.values()].reduce((sum, each) => sum + each, 0),
              )
              for (let step = 0; step < turns; step++) await Promise.resolve()
              if (ending === 'aborted after') interrupt.abort()
              open.set(host, (open.get(host) ?? 0) - 1)
              release()
              if (ending === 'released twice') release()
            }),
          )
          expect(outcomes).toHaveLength(visits.length)
          expect(most).toBeLessThanOrEqual(connections)
          expect(mostOfHost).toBeLessThanOrEqual(connectionsPerHost)
          // All slots are there again.
          const slots = Array.from({ length: Math.min(connections, connectionsPerHost) })
          await Promise.all(slots.map(() => limits.acquire('a', never)))
        },
      ),
    )
  })
})
