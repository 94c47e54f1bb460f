import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import type { MailConnection } from '../../src/sync/ports.ts'
import type { Answer } from '../servers/scripted-server.ts'
import { bodyRow, connectToScript, KeepingSink, quickToSilence, quickToStall, uids } from './connections.ts'
import { errorOf } from './outcome.ts'

type Command = (connection: MailConnection) => Promise<unknown>

const commands: readonly (readonly [string, string, Command])[] = [
  ['LIST "" "*"', '* LIST () "/" INBOX\r\n* LIST () "/" Archive\r\nTAG OK done\r\n', (one) => one.listMailboxes()],
  ['STATUS', '* STATUS INBOX (MESSAGES 3 UIDNEXT 9)\r\nTAG OK done\r\n', (one) => one.status('INBOX')],
  ['EXAMINE', '* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\nTAG OK [READ-ONLY] done\r\n', (one) => one.examine('INBOX')],
  ['UID SEARCH', '* SEARCH 2 3 5 7\r\nTAG OK done\r\n', (one) => one.searchUids()],
  ['UID FETCH', '* 1 FETCH (UID 3 FLAGS ())\r\nTAG OK done\r\n', (one) => one.listUids()],
]

const cutAfter =
  (octets: string, how: 'end' | 'reset'): Answer =>
  async (peer) => {
    await peer.send(octets)
    peer[how]()
  }

describe('F01 a connection that is cut', () => {
  const cases = commands.flatMap(([name, answer, run]) =>
    (['end', 'reset'] as const).flatMap((how) =>
      [0, 5, answer.indexOf('TAG'), answer.length - 1].map((at) => [name, how, at, { answer, run }] as const),
    ),
  )

  test.each(cases)('in the answer to %s by %s after %i octets is CONNECTION_LOST', async (...[name, how, at, rest]) => {
    const { connection } = await connectToScript({ [name]: cutAfter(rest.answer.slice(0, at), how) })
    const error = await errorOf(rest.run(connection))
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', scope: 'account' })
    expect(error.message).toMatch(/^could not [a-z].*: the connection was lost: /)
    expect(connection.usable).toBe(false)
    expect(await errorOf(connection.status('INBOX'))).toBe(error)
    await connection.logout()
  })

  const bodies = ['Subject: one\r\n\r\n1\r\n', 'Subject: two\r\n\r\n(2)\r\n', '']
  const rows = bodies.map((body, index) => bodyRow(index + 1, body))
  const response = `${rows.join('')}M1 OK done\r\n`
  const wholeAfter = (octets: number): number =>
    rows.filter((_row, index) => rows.slice(0, index + 1).join('').length <= octets).length

  test('at any octet of fetched messages leaves the whole ones, and nothing hangs', async () => {
    for (let at = 0; at < response.length; at++) {
      const { connection } = await connectToScript({ 'UID FETCH': cutAfter(response.slice(0, at), 'end') })
      const sink = new KeepingSink()
      expect(await errorOf(connection.fetchMessages(uids(1, 2, 3), sink))).toMatchObject({ code: 'CONNECTION_LOST' })
      expect(sink.messages.map(({ octets }) => octets)).toEqual(bodies.slice(0, wholeAfter(at)))
    }
  })

  test.each(['the row header', 'the literal', 'the tagged OK'])(
    'by a reset in %s leaves only whole ones',
    async (where) => {
      const at = {
        'the row header': 10,
        'the literal': bodyRow(1, bodies[0] ?? '').length + 50,
        'the tagged OK': response.length - 4,
      }[where]
      const { connection } = await connectToScript({ 'UID FETCH': cutAfter(response.slice(0, at), 'reset') })
      const sink = new KeepingSink()
      expect(await errorOf(connection.fetchMessages(uids(1, 2, 3), sink))).toMatchObject({ code: 'CONNECTION_LOST' })
      expect(bodies.slice(0, sink.messages.length)).toEqual(sink.messages.map(({ octets }) => octets))
    },
  )

  test('while a message is held back by the sink still delivers what had come', async () => {
    const gate = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    const { connection } = await connectToScript({
      'UID FETCH': async (peer) => {
        await peer.send(response.slice(0, -3))
        peer.end()
        ended.resolve()
      },
    })
    const sink = new KeepingSink({ onReceived: () => gate.promise })
    const failed = errorOf(connection.fetchMessages(uids(1, 2, 3), sink))
    await ended.promise
    gate.resolve()
    expect(await failed).toMatchObject({ code: 'CONNECTION_LOST' })
    expect(sink.uids).toEqual([1, 2, 3])
  })

  test('between two commands is noticed before the next', async () => {
    const { server, connection } = await connectToScript({ STATUS: '* STATUS INBOX (MESSAGES 1)\r\nTAG OK\r\n' })
    await connection.status('INBOX')
    for (const peer of server.peers) peer.end()
    expect(await errorOf(connection.status('INBOX'))).toMatchObject({ code: 'CONNECTION_LOST' })
    expect(connection.usable).toBe(false)
  })
})

describe('BYE', () => {
  test.each([
    ['* BYE Server shutting down', 'CONNECTION_LOST', 'the server said BYE: Server shutting down'],
    ['* bye', 'CONNECTION_LOST', 'the server said BYE: '],
    ['* BYE [UNAVAILABLE] back soon', 'CONNECTION_LOST', 'the server said BYE: [UNAVAILABLE] back soon'],
    ['* BYE Trop tard, \xc3\xa9teint', 'CONNECTION_LOST', 'the server said BYE: Trop tard, éteint'],
    ['* BYE Too many connections', 'THROTTLED', 'the server said BYE: Too many connections'],
    ['* BYE [THROTTLED] slower', 'THROTTLED', 'the server said BYE: [THROTTLED] slower'],
    ['TAG BYE enough', 'CONNECTION_LOST', 'the server answered BYE enough'],
    ['TAG WHAT now', 'CONNECTION_LOST', 'the server answered WHAT now'],
    ['Server Unavailable. 15', 'CONNECTION_LOST', 'the server said: Server Unavailable. 15'],
    ['NO Server Unavailable. 15', 'CONNECTION_LOST', 'the server said: NO Server Unavailable. 15'],
    ['BAD "Must issue a STARTTLS command first"', 'CONNECTION_LOST', 'the server said: BAD "Must issue'],
  ])('F31 I21 I32 "%s" ends the command with its words, though the server stays', async (line, code, words) => {
    const { connection } = await connectToScript({ EXAMINE: `* 3 EXISTS\r\n${line}\r\n` })
    const error = await errorOf(connection.examine('INBOX'))
    expect(error.code).toBe(code)
    expect(error.message).toContain(`could not examine mailbox "INBOX": the connection was lost: ${words}`)
    expect(connection.usable).toBe(false)
  })

  test('F31 between two commands it is what the next one says', async () => {
    const { connection } = await connectToScript({
      STATUS: '* STATUS INBOX (MESSAGES 1)\r\nTAG OK\r\n* BYE maintenance\r\n',
      EXAMINE: undefined,
    })
    await connection.status('INBOX')
    const error = await errorOf(connection.examine('INBOX'))
    expect(error.message).toMatch(/the connection was lost: the server said BYE: maintenance$/)
  })

  test('after messages leaves what had come', async () => {
    const { connection } = await connectToScript({ 'UID FETCH': `${bodyRow(1, 'one')}* BYE later\r\n` })
    const sink = new KeepingSink()
    expect(await errorOf(connection.fetchMessages(uids(1, 2), sink))).toMatchObject({ code: 'CONNECTION_LOST' })
    expect(sink.uids).toEqual([1])
  })
})

describe('a server that hangs', () => {
  test.each([
    ['silent from the start', ''],
    ['silent in the middle of a line', '* 3 EXIS'],
    ['silent in the middle of a literal', '* 1 FETCH (UID 1 BODY[] {100}\r\nab'],
  ])('F02 F17 F20 %s is given up', async (_name, octets) => {
    const { connection } = await connectToScript({ EXAMINE: (peer) => peer.send(octets) }, { patience: quickToSilence })
    const error = await errorOf(connection.examine('INBOX'))
    expect(error).toMatchObject({ code: 'CONNECTION_LOST' })
    expect(error.message).toMatch(/^could not examine mailbox "INBOX": .*nothing came for \d+ s$/)
  })

  test.each(['* OK Still here', '* 23 EXISTS', '* 1 RECENT', '* FLAGS ()', 'what is this'])(
    'F02 I23 S22 "%s" over and over is no progress',
    async (line) => {
      const { connection } = await connectToScript(
        { 'UID SEARCH': (peer) => peer.sendEvery(10, `${line}\r\n`) },
        { patience: quickToStall },
      )
      const error = await errorOf(connection.searchUids())
      expect(error).toMatchObject({ code: 'CONNECTION_LOST' })
      expect(error.message).toMatch(/it made no progress for \d+ s$/)
    },
  )

  test('F02 the octets of a literal are progress however slowly they come', async () => {
    const body = 'x'.repeat(40)
    const head = bodyRow(1, body).slice(0, -body.length - 3)
    const { connection } = await connectToScript(
      {
        'UID FETCH': async (peer) => {
          await peer.send(head)
          for (const octet of body) await peer.sendAfter(20, octet)
          await peer.send(`)\r\nM1 OK done\r\n`)
        },
      },
      { patience: { silenceMs: 5000, stallMs: 400 } },
    )
    const sink = new KeepingSink()
    await connection.fetchMessages(uids(1), sink)
    expect(sink.messages.map(({ octets }) => octets)).toEqual([body])
  })

  test('F02 rows are progress however slowly they come', async () => {
    const { connection } = await connectToScript(
      {
        'UID FETCH': async (peer) => {
          for (let uid = 1; uid <= 40; uid++) await peer.sendAfter(20, `* ${uid} FETCH (UID ${uid})\r\n`)
          await peer.send(`M1 OK done\r\n`)
        },
      },
      { patience: { silenceMs: 5000, stallMs: 400 } },
    )
    expect((await connection.listUids()).size).toBe(40)
  })

  test('time in which we hold the server back does not count', async () => {
    const { connection } = await connectToScript(
      { 'UID FETCH': `${bodyRow(1, 'one')}${bodyRow(2, 'two')}TAG OK done\r\n` },
      { patience: { silenceMs: 300, stallMs: 300 } },
    )
    const sink = new KeepingSink({
      onReceived: () => new Promise((resolve) => setTimeout(resolve, 700)),
    })
    await connection.fetchMessages(uids(1, 2), sink)
    expect(sink.uids).toEqual([1, 2])
  })

  test('is not noticed while nobody waits for it', async () => {
    const { connection } = await connectToScript(
      { STATUS: '* STATUS INBOX (MESSAGES 1)\r\nTAG OK\r\n' },
      { patience: { silenceMs: 300, stallMs: 300 } },
    )
    await connection.status('INBOX')
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(await connection.status('INBOX')).toMatchObject({ messages: 1 })
  })
})

describe('what is unusual and no harm', () => {
  const examined = '* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n'

  test.each([
    ['stray lines', `garbage\r\n\r\n${examined})\r\n\r\nTAG OK done\r\n`],
    ['an invitation that nobody asked for', `+ go on\r\n+\r\n${examined}TAG OK done\r\n`],
    ['another command being answered', `X9 OK done\r\n${examined}M0 BAD what\r\nTAG OK done\r\n`],
    ['a keep-alive', `* OK Still here\r\n${examined}TAG OK done\r\n`],
    ['responses without meaning', `* \r\n* X-GOOD-DAY 1 2 (\r\n${examined}* NO nothing\r\nTAG OK done\r\n`],
    ['a line of 10 MB', `* OK ${'x'.repeat(10_000_000)}\r\n${examined}TAG OK done\r\n`],
    ['a literal of no meaning', `* X-NOTE {5}\r\nM1 OK done {3}\r\nabc\r\n${examined}TAG OK done\r\n`],
    ['words that end like a literal', `* OK a {5}\r\n${examined}TAG OK done {9}\r\n`],
    ['a tagged line in small letters', `${examined}TAG ok done\r\n`],
    ['no words at all', `${examined}TAG OK\r\n`],
    ['lines that end with LF alone', `${examined}TAG OK done\r\n`.replaceAll('\r', '')],
  ])('%s', async (_name, answer) => {
    const { connection } = await connectToScript({ EXAMINE: answer })
    expect(await connection.examine('INBOX')).toMatchObject({ messages: 3, uidValidity: 7n })
    expect(connection.usable).toBe(true)
  })

  test.each([
    ['a literal of 2 MB where a name belongs', '* LIST () "/" {2000000}\r\n'],
    [
      'many literals that make 2 MB where names belong',
      `* LIST () "/"${` {500000}\r\n${'x'.repeat(500_000)}`.repeat(4)}`,
    ],
    ['more mailboxes than anybody has', '* LIST () "/" a\r\n'.repeat(100_001)],
    ['more STATUS than anybody has', Array.from({ length: 100_001 }, (_, one) => `* STATUS ${one} ()\r\n`).join('')],
  ])('S22 %s is a PROTOCOL_VIOLATION', async (_name, answer) => {
    const { connection } = await connectToScript({ 'LIST "" "*"': answer })
    expect(await errorOf(connection.listMailboxes())).toMatchObject({ code: 'PROTOCOL_VIOLATION', scope: 'account' })
    expect(connection.usable).toBe(false)
  })

  test('an error says at most some hundred characters of what the server said', async () => {
    const { connection } = await connectToScript({ EXAMINE: `TAG NO ${'tea '.repeat(100_000)}\r\n` })
    const error = await errorOf(connection.examine('INBOX'))
    expect(error).toBeInstanceOf(AppError)
    expect(error.message.length).toBeLessThan(600)
  })
})
