import { describe, expect, test } from 'vitest'
import type {
  NewOutboxMessage,
  Outbox,
  OutboxEntry,
  OutboxOutcome,
  OutboxState,
  RecipientResult,
} from '../../src/send/outbox.ts'

const [ada, zoe] = ['ada@example.org', 'zoe@example.org']

export function newMessage(more: Partial<NewOutboxMessage> = {}): NewOutboxMessage {
  return {
    account: 'work',
    messageId: '<1@example.org>',
    subject: 'Hello',
    envelope: { from: 'me@example.org', to: [ada, zoe] },
    octets: Buffer.from('Subject: Hello\r\n\r\nHello\r\n'),
    queuedAtMs: 1000,
    nextTryMs: undefined,
    copy: 'wanted',
    ...more,
  }
}

const result = (address: string, state: RecipientResult['state'], reply?: string): RecipientResult => ({
  address,
  state,
  reply,
})
const waiting = [result(ada, 'waiting'), result(zoe, 'waiting')]
const mixed = [result(ada, 'accepted', '250 ok'), result(zoe, 'refused', '550 unknown')]

export function outcome(state: OutboxOutcome['state'], more: Partial<OutboxOutcome> = {}): OutboxOutcome {
  return { state, recipients: mixed, reply: '250 queued', nextTryMs: undefined, ...more }
}

export async function entryOf(outbox: Outbox, id: number): Promise<OutboxEntry> {
  const [entry] = await outbox.entries({ id })
  if (entry === undefined) throw new Error(`no entry ${id}`)
  return entry
}

const fresh: OutboxEntry = {
  id: 1,
  account: 'work',
  messageId: '<1@example.org>',
  subject: 'Hello',
  from: 'me@example.org',
  recipients: waiting,
  octets: 25,
  state: 'queued',
  attempts: 0,
  queuedAtMs: 1000,
  nextTryMs: undefined,
  updatedAtMs: 1000,
  reply: undefined,
  copy: 'wanted',
}

/** Brings a new entry to a state. */
const into: Readonly<Record<OutboxState, (outbox: Outbox, id: number) => Promise<unknown>>> = {
  queued: () => Promise.resolve(),
  sending: (outbox, id) => outbox.beginSending(id, 2000),
  sent: (outbox, id) => outbox.settle(id, outcome('sent'), 2000),
  failed: (outbox, id) => outbox.settle(id, outcome('failed'), 2000),
  unknown: (outbox, id) => outbox.settle(id, outcome('unknown'), 2000),
  cancelled: (outbox, id) => outbox.cancel(id, 2000),
}
const states: readonly OutboxState[] = ['queued', 'sending', 'sent', 'failed', 'unknown', 'cancelled']

/** Calls that change an entry: from which states, to which, and what they answer where they are forbidden. */
const calls: readonly {
  readonly name: string
  readonly act: (outbox: Outbox, id: number) => Promise<unknown>
  readonly from: readonly OutboxState[]
  readonly to: OutboxState | undefined
  readonly answers: readonly [allowed: unknown, forbidden: unknown]
}[] = [
  { name: 'beginSending', act: (outbox, id) => outbox.beginSending(id, 3000), from: ['queued'], to: 'sending', answers: [true, false] }, // prettier-ignore
  { name: 'confirmSent', act: (outbox, id) => outbox.confirmSent(id, 3000), from: ['unknown'], to: 'sent', answers: [undefined, undefined] }, // prettier-ignore
  { name: 'cancel', act: (outbox, id) => outbox.cancel(id, 3000), from: ['queued', 'failed', 'unknown'], to: 'cancelled', answers: [true, false] }, // prettier-ignore
  { name: 'requeue', act: (outbox, id) => outbox.requeue(id, 3000), from: ['queued', 'failed', 'unknown', 'cancelled'], to: 'queued', answers: [true, false] }, // prettier-ignore
  ...(['queued', 'sent', 'failed', 'unknown'] as const).map((state) => ({
    name: `settle as ${state}`,
    act: (outbox: Outbox, id: number) => outbox.settle(id, outcome(state), 3000),
    from: ['queued', 'sending'] as const,
    to: state,
    answers: [undefined, undefined] as const,
  })),
  { name: 'noteCopy', act: (outbox, id) => outbox.noteCopy(id, 'not-wanted', 3000), from: ['sent', 'failed'], to: undefined, answers: [undefined, undefined] }, // prettier-ignore
]

const cases = calls.flatMap((call) => states.map((state) => ({ ...call, state, isAllowed: call.from.includes(state) })))

/** The contract of `Outbox`, for every one that claims it. `open` gives an empty one. */
export function outboxContract(name: string, open: () => Promise<Outbox>): void {
  describe(`a ${name} outbox`, () => {
    transitions(open)
    contents(open)
    copies(open)
    hostileValues(open)
  })
}

function transitions(open: () => Promise<Outbox>): void {
  test.each(cases)(
    '$name of one that is $state: allowed is $isAllowed',
    async ({ state, act, to, isAllowed, answers }) => {
      using outbox = await open()
      const id = await outbox.add(newMessage())
      const other = await outbox.add(newMessage())
      await into[state](outbox, id)
      const before = await entryOf(outbox, id)
      expect(before.state).toBe(state)
      expect(await act(outbox, id)).toEqual(answers[isAllowed ? 0 : 1])
      const after = await entryOf(outbox, id)
      const changed = { ...after, state: to ?? state, updatedAtMs: 3000 }
      expect(after).toEqual(isAllowed ? changed : before)
      expect(await entryOf(outbox, other)).toEqual({ ...fresh, id: other })
    },
  )

  test.each(calls)('$name of a number that is nobody’s is refused', async ({ act }) => {
    using outbox = await open()
    await expect(act(outbox, 7)).rejects.toMatchObject({ code: 'NO_SUCH_MESSAGE' })
  })

  test('an attempt counts once, whether it ended before its last octet or after', async () => {
    using outbox = await open()
    const id = await outbox.add(newMessage())
    await outbox.settle(id, outcome('queued', { recipients: waiting, reply: 'no route', nextTryMs: 5000 }), 2000)
    const tried = { ...fresh, attempts: 1, updatedAtMs: 2000, reply: 'no route', nextTryMs: 5000 }
    expect(await entryOf(outbox, id)).toEqual(tried)
    await outbox.beginSending(id, 5000)
    const sending = { ...tried, state: 'sending', attempts: 2, updatedAtMs: 5000, nextTryMs: undefined }
    expect(await entryOf(outbox, id)).toEqual(sending)
    await outbox.settle(id, outcome('sent', { nextTryMs: 9000 }), 6000)
    const sent = { ...sending, state: 'sent', updatedAtMs: 6000, recipients: mixed, reply: '250 queued' }
    expect(await entryOf(outbox, id)).toEqual(sent)
  })

  test('an outcome about other recipients is a mistake of ours and writes nothing', async () => {
    using outbox = await open()
    const id = await outbox.add(newMessage())
    for (const recipients of [mixed.slice(1), mixed.toReversed(), []]) {
      await expect(outbox.settle(id, outcome('sent', { recipients }), 2000)).rejects.toThrow('other recipients')
    }
    expect(await entryOf(outbox, id)).toEqual(fresh)
  })

  test('what a dead sender was sending becomes unknown, and nothing else does', async () => {
    using outbox = await open()
    for (const state of [...states, 'sending'] as const) {
      await into[state](outbox, await outbox.add(newMessage({ account: state })))
    }
    const before = await outbox.entries()
    expect(await outbox.abandonSending(4000)).toEqual([2, 7])
    expect(await outbox.entries()).toEqual(
      before.map((entry) => (entry.state === 'sending' ? { ...entry, state: 'unknown', updatedAtMs: 4000 } : entry)),
    )
    expect(await outbox.abandonSending(5000)).toEqual([])
  })

  test('one that was cancelled before its last octet left is not sent', async () => {
    using outbox = await open()
    const id = await outbox.add(newMessage())
    expect(await outbox.cancel(id, 2000)).toBe(true)
    expect(await outbox.beginSending(id, 3000)).toBe(false)
    await outbox.settle(id, outcome('queued', { recipients: waiting }), 3000)
    expect(await entryOf(outbox, id)).toMatchObject({ state: 'cancelled', attempts: 0, updatedAtMs: 2000 })
  })

  test('a confirmed message has been accepted by whoever was waiting', async () => {
    using outbox = await open()
    const id = await outbox.add(newMessage())
    const recipients = [result(ada, 'refused', '550 no'), result(zoe, 'waiting', '450 later')]
    await outbox.settle(id, outcome('unknown', { recipients }), 2000)
    await outbox.confirmSent(id, 3000)
    const accepted = [result(ada, 'refused', '550 no'), result(zoe, 'accepted', '450 later')]
    expect((await entryOf(outbox, id)).recipients).toEqual(accepted)
  })

  test('one that is queued again waits for those who refused it, at once, and not for those who have it', async () => {
    using outbox = await open()
    const id = await outbox.add(newMessage({ nextTryMs: 9000 }))
    await outbox.settle(id, outcome('failed'), 2000)
    expect(await outbox.requeue(id, 3000)).toBe(true)
    const recipients = [result(ada, 'accepted', '250 ok'), result(zoe, 'waiting', '550 unknown')]
    expect(await entryOf(outbox, id)).toEqual({ ...fresh, attempts: 1, updatedAtMs: 3000, recipients, reply: '250 queued' }) // prettier-ignore
    const later = await outbox.add(newMessage({ nextTryMs: 9000 }))
    await outbox.requeue(later, 3000)
    expect((await entryOf(outbox, later)).nextTryMs).toBeUndefined()
  })

  test('only one sends at a time', async () => {
    using outbox = await open()
    const lock = await outbox.lockSending()
    expect(lock).toBeDefined()
    expect(await outbox.lockSending()).toBeUndefined()
    lock?.[Symbol.dispose]()
    using again = await outbox.lockSending()
    expect(again).toBeDefined()
  })
}

function contents(open: () => Promise<Outbox>): void {
  test('an empty outbox has no entries', async () => {
    using outbox = await open()
    expect(await outbox.entries()).toEqual([])
    await expect(outbox.octets(1)).rejects.toMatchObject({ code: 'NO_SUCH_MESSAGE' })
  })

  test('a new message is there as it was given', async () => {
    using outbox = await open()
    const message = newMessage({ nextTryMs: 5000, copy: 'provider' })
    expect(await outbox.add(message)).toBe(1)
    expect(await outbox.entries()).toEqual([{ ...fresh, nextTryMs: 5000, copy: 'provider' }])
    expect(Buffer.from(await outbox.octets(1)).equals(message.octets)).toBe(true)
  })

  test('entries come by number, and only those that are asked for', async () => {
    using outbox = await open()
    for (let number = 0; number < 12; number++) {
      const id = await outbox.add(newMessage({ account: number % 3 === 0 ? 'home' : 'work', queuedAtMs: 100 - number }))
      const state = states[number % states.length]
      if (state !== undefined) await into[state](outbox, id)
    }
    const numbers = async (filter?: Parameters<Outbox['entries']>[0]): Promise<readonly number[]> =>
      (await outbox.entries(filter)).map(({ id }) => id)
    expect(await numbers()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(await numbers({ account: 'home' })).toEqual([1, 4, 7, 10])
    expect(await numbers({ states: ['unknown', 'queued'] })).toEqual([1, 5, 7, 11])
    expect(await numbers({ account: 'work', states: ['unknown', 'queued'] })).toEqual([5, 11])
    expect(await numbers({ account: 'work', states: ['unknown'], id: 11 })).toEqual([11])
    expect(await numbers({ id: 11, account: 'home' })).toEqual([])
    expect(await numbers({ states: [] })).toEqual([])
    expect(await numbers({ account: 'nobody' })).toEqual([])
    expect(await numbers({ id: 99 })).toEqual([])
  })
}

function copies(open: () => Promise<Outbox>): void {
  test.each(['appended', 'provider'] as const)('octets are let go when the copy is %s', async (copy) => {
    using outbox = await open()
    const id = await outbox.add(newMessage())
    await outbox.settle(id, outcome('sent'), 2000)
    await outbox.noteCopy(id, copy, 3000)
    expect(await entryOf(outbox, id)).toMatchObject({ copy, octets: 0, state: 'sent', updatedAtMs: 3000 })
    await expect(outbox.octets(id)).rejects.toMatchObject({ code: 'NO_SUCH_MESSAGE' })
  })

  test.each(['wanted', 'not-wanted'] as const)('octets are kept when the copy is %s', async (copy) => {
    using outbox = await open()
    const id = await outbox.add(newMessage())
    await outbox.settle(id, outcome('sent'), 2000)
    await outbox.noteCopy(id, copy, 3000)
    expect(await entryOf(outbox, id)).toMatchObject({ copy, octets: 25 })
    expect(await outbox.octets(id)).toHaveLength(25)
  })

  test.each(['wanted', 'provider', 'not-wanted'] as const)(
    'a message that nobody got wants no copy, and once it is queued again it is %s as before',
    async (copy) => {
      using outbox = await open()
      const id = await outbox.add(newMessage({ copy }))
      const refused = [result(ada, 'refused', '550 no'), result(zoe, 'refused', '550 no')]
      await outbox.settle(id, outcome('failed', { recipients: refused }), 2000)
      expect((await entryOf(outbox, id)).copy).toBe('not-wanted')
      await outbox.noteCopy(id, 'appended', 2500)
      await outbox.cancel(id, 3000)
      expect((await entryOf(outbox, id)).copy).toBe('not-wanted')
      await outbox.requeue(id, 4000)
      expect((await entryOf(outbox, id)).copy).toBe(copy)
      expect(await outbox.octets(id)).toHaveLength(25)
    },
  )

  test('of a message that somebody got and others refused the copy is made, and the octets stay until all of it is over', async () => {
    using outbox = await open()
    const id = await outbox.add(newMessage())
    await outbox.settle(id, outcome('failed'), 2000)
    expect((await entryOf(outbox, id)).copy).toBe('wanted')
    await outbox.noteCopy(id, 'appended', 3000)
    expect(await entryOf(outbox, id)).toMatchObject({ copy: 'appended', octets: 25 })
    await outbox.requeue(id, 4000)
    expect(await outbox.octets(id)).toHaveLength(25)
    await outbox.settle(id, outcome('sent'), 5000)
    expect(await entryOf(outbox, id)).toMatchObject({ copy: 'appended', octets: 0 })
  })
}

function hostileValues(open: () => Promise<Outbox>): void {
  test('instants may be as large as a number is exact', async () => {
    using outbox = await open()
    const id = await outbox.add(newMessage({ queuedAtMs: 2 ** 53, nextTryMs: 2 ** 53 - 1 }))
    expect(await entryOf(outbox, id)).toMatchObject({ queuedAtMs: 2 ** 53, nextTryMs: 2 ** 53 - 1 })
  })

  test('texts keep what they hold, but for half a surrogate pair', async () => {
    using outbox = await open()
    const hostile = `\0a\u{1b}[2J'";--\u{202e}\u{d800}z\r\n😀`
    const kept = `\0a\u{1b}[2J'";--\u{202e}\u{fffd}z\r\n😀`
    const id = await outbox.add(
      newMessage({ messageId: hostile, subject: hostile, envelope: { from: hostile, to: [hostile, ''] } }),
    )
    const recipients = [result(hostile, 'refused', hostile), result('', 'accepted')]
    await outbox.settle(id, outcome('failed', { recipients, reply: hostile }), 2000)
    expect(await entryOf(outbox, id)).toMatchObject({
      messageId: kept,
      subject: kept,
      from: kept,
      recipients: [result(kept, 'refused', kept), result('', 'accepted')],
      reply: kept,
    })
  })

  test('ten thousand recipients are kept in their order', async () => {
    using outbox = await open()
    const to = Array.from({ length: 10_000 }, (_, number) => `${(number * 7919) % 10_000}@example.org`)
    const id = await outbox.add(newMessage({ envelope: { from: '', to } }))
    const recipients = to.map((address, at) => result(address, at % 2 === 0 ? 'accepted' : 'refused', `250 ${at}`))
    await outbox.settle(id, outcome('sent', { recipients }), 2000)
    expect((await entryOf(outbox, id)).recipients).toEqual(recipients)
  })

  test('any octets come back, none and many', async () => {
    using outbox = await open()
    const many = Buffer.alloc(
      26 * 2 ** 20 + 5,
      Uint8Array.from({ length: 251 }, (_, at) => at),
    )
    for (const octets of [Buffer.alloc(0), Buffer.from([0, 255, 13, 10]), many]) {
      const id = await outbox.add(newMessage({ octets }))
      expect((await entryOf(outbox, id)).octets).toBe(octets.length)
      expect(Buffer.from(await outbox.octets(id)).equals(octets)).toBe(true)
    }
  })
}
