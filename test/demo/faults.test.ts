import { expect, test } from 'vitest'
import { odd, plain, serve, teaStore } from './tea-store.ts'
import { RawClient } from './raw-client.ts'
import type { FaultAction } from '../../src/demo/faults.ts'

const noop = /NOOP/
const fetchBodies = 'UID FETCH 1:3 (RFC822.SIZE BODY.PEEK[])'

/** INBOX examined, and from then on one action on every command that matches. */
async function meet(command: RegExp, action: FaultAction) {
  const store = teaStore()
  const stack = new AsyncDisposableStack()
  const server = stack.use(await serve(store))
  const client = stack.use(await RawClient.logIn(server.port))
  await client.command('EXAMINE INBOX')
  server.faults.add({ when: { command }, action })
  return { store, server, client, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

function row(uid: number, octets: Buffer, lie: { announced?: number; size?: number } = {}): string {
  const { announced = octets.length, size = octets.length } = lie
  return `* ${uid} FETCH (UID ${uid} RFC822.SIZE ${size} BODY[] {${announced}}\r\n${octets.toString('latin1')})\r\n`
}

const empty = Buffer.alloc(0)
const done = 'TAG OK fetched\r\n'

test.each<readonly [FaultAction, string]>([
  [{ kind: 'answer', status: 'NO', text: '[UNAVAILABLE] later' }, 'TAG NO [UNAVAILABLE] later\r\n'],
  [
    { kind: 'completion', text: 'OK [THROTTLED] slowly' },
    `${row(1, plain)}${row(2, odd)}${row(3, empty)}TAG OK [THROTTLED] slowly\r\n`,
  ],
  [{ kind: 'delay', ms: 1 }, row(1, plain) + row(2, odd) + row(3, empty) + done],
  [
    { kind: 'inject', lines: ['* 9 EXISTS', 'gibberish'] },
    `* 9 EXISTS\r\ngibberish\r\n${row(1, plain)}${row(2, odd)}${row(3, empty)}${done}`,
  ],
  [{ kind: 'omit-rows', uids: [1, 3] }, row(2, odd) + done],
  [
    { kind: 'body-nil', uids: [1, 2] },
    `* 1 FETCH (UID 1 RFC822.SIZE ${plain.length} BODY[] NIL)\r\n* 2 FETCH (UID 2 RFC822.SIZE ${odd.length} BODY[] NIL)\r\n${row(3, empty)}${done}`,
  ],
  [
    { kind: 'body-absent', uids: [1, 2] },
    `* 1 FETCH (UID 1 RFC822.SIZE ${plain.length})\r\n* 2 FETCH (UID 2 RFC822.SIZE ${odd.length})\r\n${row(3, empty)}${done}`,
  ],
  [
    { kind: 'literal-length', by: -2, uids: [2] },
    row(1, plain) + row(2, odd, { announced: odd.length - 2 }) + row(3, empty) + done,
  ],
  [{ kind: 'literal-length', by: 5, uids: [3] }, row(1, plain) + row(2, odd) + row(3, empty, { announced: 5 }) + done],
  [{ kind: 'size', by: 7, uids: [1] }, row(1, plain, { size: plain.length + 7 }) + row(2, odd) + row(3, empty) + done],
  [
    { kind: 'foreign-rows', uids: [77] },
    `* 1 FETCH (UID 77 FLAGS ())\r\n${row(1, plain)}${row(2, odd)}${row(3, empty)}${done}`,
  ],
  [
    { kind: 'rows-without-uid', seqNums: [2] },
    `* 2 FETCH (FLAGS ())\r\n${row(1, plain)}${row(2, odd)}${row(3, empty)}${done}`,
  ],
  [{ kind: 'shuffle-rows' }, row(2, odd) + row(1, plain) + row(3, empty) + done],
  [
    {
      kind: 'edit-rows',
      edit: (each) =>
        each.uid === 2
          ? [
              { ...each, seqNum: 8 },
              { ...each, items: [] },
            ]
          : [],
    },
    `* 8 FETCH (UID 2 RFC822.SIZE ${odd.length} BODY[] {${odd.length}}\r\n${odd.toString('latin1')})\r\n* 2 FETCH ()\r\n${done}`,
  ],
  [
    { kind: 'edit-lines', edit: (line) => line.replace('OK', 'NO') },
    row(1, plain) + row(2, odd) + row(3, empty) + done.replace('OK', 'NO'),
  ],
])('a FETCH under %j', async (action, answer) => {
  await using scene = await meet(/UID FETCH/, action)
  expect(await scene.client.command(fetchBodies)).toBe(answer)
  expect(scene.server.faults.fired).toEqual([1])
  scene.server.faults.clear()
  expect(await scene.client.command(fetchBodies)).toBe(row(1, plain) + row(2, odd) + row(3, empty) + done)
})

test('EXISTS lies, by as many as it is told', async () => {
  await using scene = await meet(/EXAMINE/, { kind: 'exists', by: 2 })
  expect(await scene.client.command('EXAMINE INBOX')).toContain('* 5 EXISTS\r\n')
})

test.each(['UIDVALIDITY', 'UIDNEXT', 'HIGHESTMODSEQ'] as const)('%s is another one, or missing', async (field) => {
  await using scene = await meet(/EXAMINE|STATUS/, { kind: 'field', field, value: '0' })
  const status = 'STATUS INBOX (MESSAGES UIDVALIDITY UIDNEXT HIGHESTMODSEQ)'
  expect(await scene.client.command('EXAMINE INBOX')).toContain(`* OK [${field} 0]`)
  expect(await scene.client.command(status)).toContain(`${field} 0`)
  scene.server.faults.clear()
  expect(await scene.client.command('EXAMINE INBOX')).not.toContain(`${field} 0`)
  scene.server.faults.add({ when: {}, action: { kind: 'field', field, value: undefined } })
  expect(await scene.client.command('EXAMINE INBOX')).not.toContain(field)
  const fields = ['MESSAGES 3', 'UIDVALIDITY 100', 'UIDNEXT 4', 'HIGHESTMODSEQ 4'].filter(
    (each) => !each.startsWith(field),
  )
  expect(await scene.client.command(status)).toBe(
    `* STATUS "INBOX" (${fields.join(' ')})\r\nTAG OK that is its status\r\n`,
  )
})

test('BYE, and the end', async () => {
  await using scene = await meet(noop, { kind: 'bye', text: 'shutting down' })
  scene.client.send('a NOOP\r\n')
  expect(await scene.client.readToEnd()).toBe('* BYE shutting down\r\n')
})

test('the connection ends before or after the answer, in order or by a reset', async () => {
  const answers: string[] = []
  for (const how of ['fin', 'rst'] as const) {
    for (const when of ['before', 'after'] as const) {
      await using scene = await meet(noop, { kind: 'close', how, when })
      scene.client.send('a NOOP\r\n')
      const answer = await scene.client.readToEnd()
      answers.push(`${how} ${when}: ${how === 'rst' ? (scene.client.error?.message ?? 'no error') : answer}`)
    }
  }
  expect(answers).toEqual([
    'fin before: ',
    'fin after: a OK nothing done\r\n',
    'rst before: read ECONNRESET',
    'rst after: read ECONNRESET',
  ])
})

test('a literal is cut at an exact octet', async () => {
  await using scene = await meet(/FETCH/, { kind: 'cut', how: 'fin', afterOctets: 60 })
  scene.client.send(`a ${fetchBodies}\r\n`)
  expect(await scene.client.readToEnd()).toBe(row(1, plain).slice(0, 60))
})

test('a literal stalls in its middle, or breaks off by a reset', async () => {
  await using stalled = await meet(/FETCH/, { kind: 'cut', how: 'stall', afterOctets: 60 })
  stalled.client.send(`a ${fetchBodies}\r\n`)
  expect(await stalled.client.readOctets(60)).toBe(row(1, plain).slice(0, 60))
  await using broken = await meet(/FETCH/, { kind: 'cut', how: 'rst', afterOctets: 60 })
  broken.client.send(`a ${fetchBodies}\r\n`)
  await broken.client.readToEnd()
  expect(broken.client.error).toMatchObject({ code: 'ECONNRESET' })
})

test('a stall lasts until the client gives up, while others are served', async () => {
  await using scene = await meet(noop, { kind: 'stall' })
  scene.client.send('a NOOP\r\n')
  await using other = await RawClient.logIn(scene.server.port)
  expect(await other.command('CAPABILITY')).toContain('TAG OK')
  expect(scene.server.faults.fired).toEqual([1])
  expect(scene.server.openConnections).toBe(2)
})

test('keep-alive lines come and the answer never does', async () => {
  await using scene = await meet(noop, { kind: 'keep-alive', everyMs: 1 })
  scene.client.send('a NOOP\r\n')
  expect(await scene.client.readUntil(/(?:.*\r\n){3}/)).toBe('* OK Still here\r\n'.repeat(3))
})

test('something else happens just before the command is carried out', async () => {
  const store = teaStore()
  await using server = await serve(store)
  await using client = await RawClient.logIn(server.port)
  const run = (): void => store.expunge('INBOX', [1])
  server.faults.add({ when: { command: /EXAMINE/ }, times: 1, action: { kind: 'run', run } })
  expect(await client.command('EXAMINE INBOX')).toContain('* 2 EXISTS')
})

test('a rule acts on its connection, from the nth match on, and so often', async () => {
  await using server = await serve(teaStore())
  const action = { kind: 'answer', status: 'BAD', text: 'no' } as const
  server.faults.add({ when: { command: noop, connection: 2, nth: 2 }, action })
  await using first = await RawClient.logIn(server.port)
  await using second = await RawClient.logIn(server.port)
  const answers: string[] = []
  for (const client of [first, first, second, second, second]) answers.push(await client.command('NOOP'))
  expect(answers.map((answer) => answer.includes('BAD'))).toEqual([false, false, false, true, false])
})

test('the greeting can go wrong too', async () => {
  await using server = await serve(teaStore(), {
    faults: [{ when: { command: /^GREETING$/ }, times: 1, action: { kind: 'bye', text: 'overloaded' } }],
  })
  await using client = await RawClient.open(server.port)
  expect(await client.readToEnd()).toBe('')
  expect(server.faults.fired).toEqual([1])
  await using second = await RawClient.logIn(server.port)
  expect(await second.command('NOOP')).toContain('OK')
})
