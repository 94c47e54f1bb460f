import { expect, onTestFinished, test } from 'vitest'
import { startScriptedServer } from '../servers/scripted-server.ts'
import type { Answer, ScriptedServer } from '../servers/scripted-server.ts'
import { bodyRow, connectTo, KeepingSink, uids } from './connections.ts'
import type { ConnectOptions } from './connections.ts'
import { errorOf } from './outcome.ts'

async function compressed(fetch: Answer, options: ConnectOptions = {}) {
  const server: ScriptedServer = await startScriptedServer({
    capabilities: 'IMAP4rev1 COMPRESS=DEFLATE',
    answer: ({ text }) => (text.startsWith('UID FETCH') ? fetch : undefined),
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return { server, connection: await connectTo(server, { compress: true, ...options }) }
}

const compressions = ({ received }: ScriptedServer): number =>
  received.filter((line) => line.startsWith('COMPRESS')).length
const done = 'TAG OK done\r\n'

test('a compressed connection carries commands and messages both ways (RFC 4978)', async () => {
  const body = 'tea '.repeat(100_000)
  const { server, connection } = await compressed(bodyRow(1, body) + bodyRow(2, '') + done)
  const sink = new KeepingSink()
  await connection.fetchMessages(uids(1, 2), sink)
  await connection.fetchMessages(uids(2), sink)
  expect(sink.messages.map(({ octets }) => octets)).toEqual([body, '', ''])
  expect(compressions(server)).toBe(1)
  await connection.logout()
  expect(server.received.at(-1)).toBe('LOGOUT')
})

test('F01 when it is cut, what had come is delivered to the last whole message', async () => {
  const bodies = Array.from({ length: 200 }, (_, index) => `Subject: ${index}\r\n\r\n${'tea '.repeat(500)}\r\n`)
  const { connection } = await compressed(async (peer) => {
    await peer.send(bodies.map((body, index) => bodyRow(index + 1, body)).join(''))
    await peer.send('* 201 FETCH (UID 201 BODY[] {10}\r\nabc')
    peer.end()
  })
  const sink = new KeepingSink()
  const error = await errorOf(connection.fetchMessages(uids(...bodies.map((_, index) => index + 1), 201), sink))
  expect(error).toMatchObject({
    code: 'CONNECTION_LOST',
    message: 'could not fetch messages: the connection was lost: the server closed it',
  })
  expect(sink.messages.map(({ octets }) => octets)).toEqual(bodies)
})

test('F01 when it is reset, the command ends', async () => {
  const { connection } = await compressed((peer) => peer.reset())
  expect(await errorOf(connection.fetchMessages(uids(1), new KeepingSink()))).toMatchObject({ code: 'CONNECTION_LOST' })
})

test('octets that cannot be unpacked end the command', async () => {
  const { connection } = await compressed((peer) => peer.sendRaw(Buffer.from('* 1 FETCH (UID 1 FLAGS ())\r\n')))
  const error = await errorOf(connection.fetchMessages(uids(1), new KeepingSink()))
  expect(error.code).toBe('CONNECTION_LOST')
  expect(error.message).toMatch(/^could not fetch messages: the connection was lost: /)
})

test('S21 a line that unpacks without end is a PROTOCOL_VIOLATION, in bounded memory', async () => {
  const { connection } = await compressed(async (peer) => {
    const chunk = Buffer.alloc(2 ** 20, ' ')
    for (let sent = 0; sent < 100; sent++) await peer.send(chunk)
  })
  expect(await errorOf(connection.fetchMessages(uids(1), new KeepingSink()))).toMatchObject({
    code: 'PROTOCOL_VIOLATION',
    message: 'the server sent a response line that is too large',
  })
})

test('back-pressure reaches through it', async () => {
  const gate = Promise.withResolvers<void>()
  const { connection } = await compressed(async (peer) => {
    const body = 'x'.repeat(2 ** 20)
    for (let uid = 1; uid <= 20; uid++) await peer.send(bodyRow(uid, body))
    await peer.send('M1 OK done\r\n')
  })
  const first = Promise.withResolvers<void>()
  const sink = new KeepingSink({
    onReceived: () => {
      first.resolve()
      return sink.messages.length === 1 ? gate.promise : undefined
    },
  })
  const fetched = connection.fetchMessages(uids(...Array.from({ length: 20 }, (_, index) => index + 1)), sink)
  await first.promise
  // Whatever was on its way has its chance to arrive.
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(sink.uids).toEqual([1])
  gate.resolve()
  await fetched
  expect(sink.uids).toHaveLength(20)
})

test.each<readonly [string, ConnectOptions]>([
  ['of this machine itself, unless told', { compress: 'auto' }],
  ['that the owner wants plain', { compress: false }],
  ['whose account disables it', { account: { disable: ['COMPRESS=DEFLATE'] } }],
])('a connection %s is not compressed', async (_name, options) => {
  const { server, connection } = await compressed(bodyRow(1, 'tea') + done, options)
  await connection.fetchMessages(uids(1), new KeepingSink())
  expect(compressions(server)).toBe(0)
})
