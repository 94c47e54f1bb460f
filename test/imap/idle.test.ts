import { expect, onTestFinished, test } from 'vitest'
import type { ChangeHint } from '../../src/sync/ports.ts'
import { startScriptedServer } from '../servers/scripted-server.ts'
import type { Answer, ScriptedServer } from '../servers/scripted-server.ts'
import { connectTo, quickToSilence } from './connections.ts'
import { errorOf } from './outcome.ts'

const examined = '* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\nTAG OK [READ-ONLY] done\r\n'

interface IdleScript {
  /** What it says in IDLE once it has invited. */
  readonly says?: string
  /** After so long. */
  readonly silentMs?: number
  readonly answers?: Readonly<Record<string, Answer>>
  readonly capabilities?: string
  readonly compress?: boolean
}

/** A connection that has examined INBOX, to a server that speaks IDLE. */
async function idling({
  says = '',
  silentMs = 0,
  answers = {},
  capabilities = 'IMAP4rev1 IDLE',
  compress = false,
}: IdleScript) {
  const invited = Promise.withResolvers<void>()
  let idleTag = ''
  const server = await startScriptedServer({
    capabilities,
    answer: ({ tag, text }) => {
      if (tag === 'DONE') return `${idleTag} OK done\r\n`
      const own = Object.entries(answers).find(([name]) => text.startsWith(name))?.[1]
      if (own !== undefined) return own
      if (text.startsWith('EXAMINE')) return examined
      if (text !== 'IDLE') return undefined
      idleTag = tag
      return async (peer) => {
        await peer.send('+ idling\r\n')
        invited.resolve()
        if (silentMs === 0) await peer.send(says)
        else await peer.sendAfter(silentMs, says)
      }
    },
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const connection = await connectTo(server, { patience: quickToSilence, compress })
  await connection.examine('INBOX')
  return { server, connection, invited: invited.promise }
}

/** DONE has no tag, and so no text behind one. */
const afterLogin = ({ received }: ScriptedServer): readonly string[] =>
  received.slice(received.findIndex((line) => line.startsWith('EXAMINE'))).map((line) => (line === '' ? 'DONE' : line))

test('IDLE tells what has changed, and DONE ends it when enough was waited (RFC 2177)', async () => {
  const { server, connection } = await idling({ says: '* OK Still here\r\n* 4 EXISTS\r\n' })
  const hint = Promise.withResolvers<ChangeHint>()
  const until = hint.promise.then(() => undefined)
  await connection.listen({ until, ofAll: false, onHint: (one) => hint.resolve(one) })
  expect(await hint.promise).toEqual({ kind: 'examined' })
  expect(afterLogin(server)).toEqual(['EXAMINE "INBOX"', 'IDLE', 'DONE'])
})

test.each([
  ['an arrival', '* 4 EXISTS'],
  ['a loss', '* 2 EXPUNGE'],
  ['a loss by UID', '* VANISHED 41,43:45'],
  ['a flag', String.raw`* 2 FETCH (UID 9 FLAGS (\Seen))`],
])('IDLE tells of %s', async (_what, line) => {
  const { connection } = await idling({ says: `${line}\r\n` })
  const hint = Promise.withResolvers<void>()
  await connection.listen({ until: hint.promise, ofAll: false, onHint: () => hint.resolve() })
  expect(connection.usable).toBe(true)
})

test('F03 DONE goes out before LOGOUT when the wait is given up', async () => {
  const { server, connection, invited } = await idling({})
  const listening = errorOf(
    connection.listen({ until: new Promise(() => undefined), ofAll: false, onHint: () => undefined }),
  )
  await invited
  await connection.logout()
  expect((await listening).code).toBe('CONNECTION_LOST')
  expect(afterLogin(server).slice(0, 3)).toEqual(['EXAMINE "INBOX"', 'IDLE', 'DONE'])
})

test('F03 a server that says nothing in IDLE for longer than a command may take is no server that hangs', async () => {
  const { connection } = await idling({ says: '* 4 EXISTS\r\n', silentMs: 3 * quickToSilence.silenceMs })
  const hint = Promise.withResolvers<void>()
  await connection.listen({ until: hint.promise, ofAll: false, onHint: () => hint.resolve() })
  expect(connection.usable).toBe(true)
})

test('what came between EXAMINE and IDLE is told at once', async () => {
  const answers = { STATUS: '* 4 EXISTS\r\n* STATUS "INBOX" (MESSAGES 4)\r\nTAG OK done\r\n' }
  const { server, connection } = await idling({ answers })
  await connection.status('INBOX')
  const hint = Promise.withResolvers<void>()
  await connection.listen({ until: hint.promise, ofAll: false, onHint: () => hint.resolve() })
  expect(afterLogin(server).at(-1)).toBe('DONE')
})

test('F31 BYE in IDLE is a lost connection', async () => {
  const { connection } = await idling({ says: '* BYE maintenance\r\n' })
  const listening = connection.listen({ until: new Promise(() => undefined), ofAll: false, onHint: () => undefined })
  expect(await errorOf(listening)).toMatchObject({
    code: 'CONNECTION_LOST',
    message: 'could not wait for changes: the connection was lost: the server said BYE: maintenance',
  })
})

test('a server that refuses IDLE leaves the connection good', async () => {
  const { connection } = await idling({ answers: { IDLE: 'TAG BAD what?\r\n' } })
  const listening = connection.listen({ until: Promise.resolve(), ofAll: false, onHint: () => undefined })
  expect((await errorOf(listening)).code).toBe('COMMAND_REJECTED')
  expect(connection.usable).toBe(true)
})

test('NOTIFY tells of other mailboxes, and is silenced before anything else is asked (RFC 5465)', async () => {
  const { server, connection } = await idling({
    says: '* STATUS Archive (MESSAGES 4 UIDNEXT 9)\r\n',
    capabilities: 'IMAP4rev1 IDLE NOTIFY',
  })
  const hint = Promise.withResolvers<ChangeHint>()
  const until = hint.promise.then(() => undefined)
  await connection.listen({ until, ofAll: true, onHint: (one) => hint.resolve(one) })
  const status = { uidValidity: undefined, uidNext: 9, messages: 4, highestModseq: undefined }
  expect(await hint.promise).toEqual({ kind: 'status', wirePath: 'Archive', status })
  expect(afterLogin(server)).toEqual([
    'EXAMINE "INBOX"',
    'NOTIFY SET STATUS (SELECTED (MessageNew MessageExpunge FlagChange)) (PERSONAL (MessageNew MessageExpunge))',
    'IDLE',
    'DONE',
    'NOTIFY NONE',
  ])
})

test('IDLE works over a compressed connection (RFC 4978)', async () => {
  const says = '* 4 EXISTS\r\n'
  const { server, connection } = await idling({ says, capabilities: 'IMAP4rev1 IDLE COMPRESS=DEFLATE', compress: true })
  const hint = Promise.withResolvers<void>()
  await connection.listen({ until: hint.promise, ofAll: false, onHint: () => hint.resolve() })
  expect(server.received.filter((line) => line.startsWith('COMPRESS'))).toEqual(['COMPRESS DEFLATE'])
  expect(afterLogin(server).at(-1)).toBe('DONE')
})
