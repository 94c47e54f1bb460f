import { describe, expect, test } from 'vitest'
import type { MessageRow } from '../../src/model/message.ts'
import type { Answer } from '../servers/scripted-server.ts'
import { bodyRow, connectToScript, KeepingSink, quickToSilence, uids } from './connections.ts'
import type { ConnectOptions } from './connections.ts'
import { errorOf } from './outcome.ts'

const done = 'TAG OK done\r\n'

/** What a sink is given of the messages 1, 2 and 3, and how the command and the connection fared. */
async function fetched(
  answer: Answer,
  { sink = new KeepingSink(), ...options }: ConnectOptions & { sink?: KeepingSink } = {},
) {
  const { connection } = await connectToScript({ 'UID FETCH': answer }, options)
  const outcome = await connection.fetchMessages(uids(1, 2, 3), sink).then(
    () => 'OK',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  )
  const got = Object.fromEntries(sink.messages.map(({ uid, octets }) => [uid, octets]))
  return { got, outcome, usable: connection.usable, calls: sink.calls }
}

describe('rows that are no message that was asked for (I12, F76)', () => {
  test.each([
    ['flags of another message', String.raw`* 9 FETCH (UID 9 FLAGS (\Seen))`],
    ['flags of one that was asked for', String.raw`* 2 FETCH (UID 2 FLAGS (\Seen))`],
    ['flags without UID', String.raw`* 2 FETCH (FLAGS (\Seen))`],
    ['octets without UID', '* 2 FETCH (BODY[] {5}\r\nother)'],
    ['octets of UID 0', '* 2 FETCH (UID 0 BODY[] {5}\r\nother)'],
    ['octets of a UID above 32 bits', '* 2 FETCH (UID 4294967298 BODY[] {5}\r\nother)'],
    ['octets of another message', '* 9 FETCH (UID 9 BODY[] {5}\r\nother)'],
    ['NIL of another message', '* 9 FETCH (UID 9 BODY[] NIL)'],
    ['no octets of one that was asked for', '* 2 FETCH (UID 2 RFC822.SIZE 5)'],
    ['another part of one that was asked for', '* 2 FETCH (UID 2 BODY[TEXT] {5}\r\nother)'],
    ['news of the mailbox', '* 2 EXPUNGE\r\n* 7 EXISTS\r\n* VANISHED 2'],
    ['octets that belong to nothing', '* X-NOTE BODY[] {5}\r\nother'],
  ])('%s', async (_name, line) => {
    const answer = `${line}\r\n${bodyRow(1, 'one')}${line}\r\n${bodyRow(3, 'three')}${line}\r\n${done}`
    expect(await fetched(answer)).toMatchObject({ got: { 1: 'one', 3: 'three' }, outcome: 'OK', usable: true })
  })

  test('octets that belong to nothing are not taken for the size or the room of the next message', async () => {
    const answer = `* X-NOTE BODY[] {9}\r\nof no use\r\n* 1 FETCH (UID 1 BODY[] "one")\r\n${done}`
    const { got, calls } = await fetched(answer)
    expect(got).toEqual({ 1: 'one' })
    expect(calls).toEqual(['allocate 9', 'allocate 3', 'received 1'])
  })

  test('fetchRows hands them on as they are, except where there is no UID', async () => {
    const { connection } = await connectToScript({
      'UID FETCH': `* 9 FETCH (UID 9 FLAGS (a))\r\n* 2 FETCH (FLAGS (b))\r\n* 1 FETCH (UID 1 FLAGS (c))\r\n${done}`,
    })
    const rows: MessageRow[] = []
    await connection.fetchRows({ uids: uids(1) }, (row) => {
      rows.push(row)
      return undefined
    })
    expect(rows.map(({ uid, flags }) => [uid, flags])).toEqual([
      [9, ['a']],
      [1, ['c']],
    ])
  })
})

describe('messages that do not come (I07, I09, F73, F78)', () => {
  test('NIL is told as "no octets", an empty literal as a message of none, an absent body not at all', async () => {
    const answer = `* 1 FETCH (UID 1 BODY[] NIL)\r\n${bodyRow(2, '')}* 3 FETCH (UID 3 FLAGS ())\r\n${done}`
    expect(await fetched(answer)).toEqual({
      got: { 1: undefined, 2: '' },
      outcome: 'OK',
      usable: true,
      calls: ['received 1', 'allocate 0', 'received 2'],
    })
  })

  test('OK without any row is a success that brings nothing', async () => {
    expect(await fetched(done)).toEqual({ got: {}, outcome: 'OK', usable: true, calls: [] })
  })

  test('a body that comes as a string is put into its room', async () => {
    const answer = `* 1 FETCH (UID 1 BODY[] "a \\"b\\"")\r\n* 2 FETCH (UID 2 BODY[] "")\r\n${done}`
    expect(await fetched(answer)).toMatchObject({
      got: { 1: 'a "b"', 2: '' },
      calls: ['allocate 5', 'received 1', 'allocate 0', 'received 2'],
    })
  })

  test('a body of BINARY or without a space before its literal is one all the same', async () => {
    const answer = `* 1 FETCH (UID 1 BODY[] ~{3}\r\none)\r\n* 2 FETCH (UID 2 BODY[]{3}\r\ntwo)\r\n${done}`
    expect(await fetched(answer)).toMatchObject({ got: { 1: 'one', 2: 'two' }, outcome: 'OK' })
  })

  test('a message that comes twice is told twice', async () => {
    const { calls } = await fetched(bodyRow(1, 'one') + bodyRow(1, 'one') + done)
    expect(calls.filter((call) => call.startsWith('received'))).toEqual(['received 1', 'received 1'])
  })
})

describe('a literal whose length is a lie (F77, I10, I11)', () => {
  const lines = 'Subject: tea\r\n\r\nNo more words (here).\r\n'

  test('announced shorter than sent, it is no message, and the connection is given up', async () => {
    for (const missing of [1, 2, 3, 8, 25, lines.length]) {
      const answer = `${bodyRow(1, 'one')}${bodyRow(2, lines, lines.length - missing)}${bodyRow(3, 'three')}${done}`
      const { got, outcome, usable } = await fetched(answer)
      expect({ got, outcome, usable }).toEqual({ got: { 1: 'one' }, outcome: 'PROTOCOL_VIOLATION', usable: false })
    }
  })

  test('announced longer than sent, it ends in silence or in a broken row, and is no message', async () => {
    const after = `)\r\n${bodyRow(3, 'three')}M1 OK done\r\n`
    for (let excess = 1; excess < after.length; excess += 3) {
      // Only then is the row like any other, and the message is what was announced.
      if (after.startsWith(')\r\n', excess)) continue
      const answer = `${bodyRow(1, 'one')}${bodyRow(2, lines, lines.length + excess)}${after.slice(3)}`
      const { got, outcome, usable } = await fetched(answer, { patience: quickToSilence })
      expect(got).toEqual({ 1: 'one' })
      expect(['PROTOCOL_VIOLATION', 'CONNECTION_LOST']).toContain(outcome)
      expect(usable).toBe(false)
    }
  })

  test('announced longer than all that comes, it ends by the watchdog', async () => {
    const answer = `${bodyRow(1, 'one')}${bodyRow(2, 'two', 5000)}${done}`
    expect(await fetched(answer, { patience: quickToSilence })).toMatchObject({
      got: { 1: 'one' },
      outcome: 'CONNECTION_LOST',
      usable: false,
    })
  })

  test('a message that looks like responses is octets and nothing else', async () => {
    const hostile = 'M1 OK done\r\n* BYE now\r\n* 2 FETCH (UID 2 BODY[] {3}\r\nbad)\r\n'
    expect(await fetched(bodyRow(1, hostile) + done)).toMatchObject({ got: { 1: hostile }, outcome: 'OK' })
  })
})

describe('F80 a message that gets no room', () => {
  const huge = 3 * 2 ** 30

  test('of 3 GiB is read and dropped, with its size, and the connection is good', async () => {
    const sink = new KeepingSink()
    const { connection } = await connectToScript({
      'UID FETCH': async (peer) => {
        await peer.send(`* 1 FETCH (UID 1 RFC822.SIZE 12 BODY[] {${huge}}\r\n`)
        const chunk = Buffer.alloc(2 ** 22, 'x')
        for (let sent = 0; sent < huge; sent += chunk.length) await peer.send(chunk)
        await peer.send(`)\r\n${bodyRow(2, 'two')}M1 OK done\r\n`)
      },
    })
    const before = process.memoryUsage().arrayBuffers
    await connection.fetchMessages(uids(1, 2), sink)
    expect(sink.messages).toEqual([
      { uid: 1, octets: undefined, size: huge },
      { uid: 2, octets: 'two', size: undefined },
    ])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(256 * 2 ** 20)
    expect(await connection.listMailboxes()).toEqual([])
  })

  test('is dropped too where it comes as a string', async () => {
    const sink = new KeepingSink({ maxOctets: 4 })
    await fetched(`* 1 FETCH (UID 1 BODY[] "too long")\r\n${bodyRow(2, 'two')}${done}`, { sink })
    expect(sink.messages).toEqual([
      { uid: 1, octets: undefined, size: 8 },
      { uid: 2, octets: 'two', size: undefined },
    ])
  })
})

describe('back-pressure', () => {
  test('a promise of the sink stops the reading: the server gets rid of no more than buffers hold', async () => {
    const gate = Promise.withResolvers<void>()
    const heldAt = Promise.withResolvers<void>()
    const sink = new KeepingSink({
      onReceived: () => {
        if (sink.messages.length > 1) return undefined
        heldAt.resolve()
        return gate.promise
      },
    })
    const body = 'x'.repeat(2 ** 20)
    const { server, connection } = await connectToScript({
      'UID FETCH': async (peer) => {
        for (let uid = 1; uid <= 64; uid++) void peer.send(bodyRow(uid, body))
        await peer.send('M1 OK done\r\n')
      },
    })
    const all = connection.fetchMessages(uids(...Array.from({ length: 64 }, (_, index) => index + 1)), sink)
    await heldAt.promise
    const [peer] = server.peers
    if (peer === undefined) throw new Error('nobody is connected')
    await peer.untilStuck()
    expect(peer.unsent).toBeGreaterThan(32 * 2 ** 20)
    expect(sink.uids).toEqual([1])
    gate.resolve()
    await all
    expect(sink.uids).toHaveLength(64)
  })

  test('a promise that rejects ends the command with that error and closes the connection', async () => {
    const reason = new Error('the disk is full')
    const { connection } = await connectToScript({ 'UID FETCH': bodyRow(1, 'one') + bodyRow(2, 'two') + done })
    const sink = new KeepingSink({ onReceived: () => Promise.reject(reason) })
    await expect(connection.fetchMessages(uids(1, 2), sink)).rejects.toBe(reason)
    expect(sink.uids).toEqual([1])
    expect(connection.usable).toBe(false)
    await connection.logout()
  })

  test('an error that the sink throws ends the command and closes the connection', async () => {
    const reason = new Error('no room at all')
    const { connection } = await connectToScript({ 'UID FETCH': bodyRow(1, 'one') + done })
    const sink = new KeepingSink()
    sink.allocate = () => {
      throw reason
    }
    await expect(connection.fetchMessages(uids(1), sink)).rejects.toBe(reason)
    expect(connection.usable).toBe(false)
  })
})

describe('interrupting by the signal', () => {
  const head = `${bodyRow(1, 'one')}* 2 FETCH (UID 2 BODY[] {${2 ** 30}}\r\nab`

  test('in the middle of a literal ends the command with INTERRUPTED, and LOGOUT returns', async () => {
    const abort = new AbortController()
    const began = Promise.withResolvers<void>()
    const { server, connection } = await connectToScript(
      { 'UID FETCH': (peer) => peer.send(head) },
      { signal: abort.signal },
    )
    const sink = new KeepingSink()
    const allocate = sink.allocate.bind(sink)
    sink.allocate = (octets) => {
      if (octets > 3) began.resolve()
      return allocate(octets)
    }
    const failed = errorOf(connection.fetchMessages(uids(1, 2), sink))
    await began.promise
    abort.abort()
    expect(await failed).toMatchObject({ code: 'INTERRUPTED' })
    expect(sink.uids).toEqual([1])
    expect(connection.usable).toBe(false)
    expect(await errorOf(connection.status('INBOX'))).toMatchObject({ code: 'INTERRUPTED' })
    await connection.logout()
    expect(server.received.at(-1)).toBe('LOGOUT')
  })

  test('while octets keep coming throws them away until the server has read LOGOUT', async () => {
    const abort = new AbortController()
    const { server, connection } = await connectToScript(
      {
        'UID FETCH': async (peer) => {
          await peer.send(head)
          for (let sent = 0; sent < 200; sent++) await peer.send(Buffer.alloc(2 ** 20))
        },
      },
      { signal: abort.signal },
    )
    const sink = new KeepingSink({
      onReceived: () => {
        abort.abort()
        return new Promise(() => undefined)
      },
    })
    expect(await errorOf(connection.fetchMessages(uids(1, 2), sink))).toMatchObject({ code: 'INTERRUPTED' })
    await connection.logout()
    expect(sink.calls).toEqual(['allocate 3', 'received 1'])
    expect(server.connections).toBe(1)
  })

  test('between two commands keeps the next from being sent', async () => {
    const abort = new AbortController()
    const { server, connection } = await connectToScript({}, { signal: abort.signal })
    const before = server.received.length
    abort.abort()
    expect(await errorOf(connection.listMailboxes())).toMatchObject({ code: 'INTERRUPTED' })
    await connection.logout()
    expect(server.received.slice(before)).toEqual(['LOGOUT'])
  })
})
