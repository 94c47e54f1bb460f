import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer, DemoServerOptions } from '../../src/demo/demo-server.ts'
import { sampleMail } from '../../src/demo/sample-mail.ts'
import { makeCertificate } from '../support/certificate.ts'
import { mailStoreState, mirrorState } from '../support/mirror-state.ts'
import { runCommand, startCommand, writeHome } from '../support/run-command.ts'
import type { CommandResult } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const isRoot = process.getuid?.() === 0

interface Place {
  readonly server: DemoServer
  readonly store: ReturnType<typeof sampleMail>
  readonly home: ReturnType<typeof writeHome>
}

async function serve(options: Partial<DemoServerOptions> = {}, extra = ''): Promise<Place> {
  const store = sampleMail()
  const server = await startDemoServer({ store, users: { ada: password }, ...options })
  return { server, store, home: writeHome(join(temporaryDirectory(), 'home'), server.port, extra) }
}

async function sync({ home }: Place, args: readonly string[] = [], variables = {}): Promise<CommandResult> {
  return runCommand(['-c', home.config, 'sync', ...args], variables)
}

/** After any trouble: once it is over, one clean run makes the mirror equal to the server. */
async function expectWhole(place: Place): Promise<void> {
  expect(await sync(place, ['-q'])).toMatchObject({ status: 0, stdout: '', stderr: '' })
  expect(mirrorState(place.home.store)).toEqual(mailStoreState(place.store))
}

test('off a terminal a successful sync prints one line on stderr and nothing on stdout, with -q nothing at all', async () => {
  const place = await serve()
  await using server = place.server
  const first = await sync(place)
  expect([first.status, first.stdout]).toEqual([0, ''])
  expect(first.stderr).toMatch(/^mailmirror: 1 account, \d+ mailboxes complete, 120 new messages[^\n]*\n$/)
  await expectWhole(place)
  expect(server.openConnections).toBe(0)
})

test('F24: a wrong password is tried once, ends with 77 and says what to do', async () => {
  const place = await serve()
  await using server = place.server
  const result = await sync(place, [], { ADA_PASSWORD: 'wrong' })
  expect(result.status).toBe(77)
  expect(result.stderr).toMatch(/could not log in to 127\.0\.0\.1:\d+ as ada: .*\n {2}.*password/)
  expect(server.commands.filter(({ line }) => /LOGIN|AUTHENTICATE/.test(line))).toHaveLength(1)
  expect(result.stderr).not.toContain('wrong')
  await expectWhole(place)
})

test('a host that is not there ends with 69', async () => {
  const place = await serve()
  await place.server.close()
  const result = await sync(place)
  expect(result.status).toBe(69)
  expect(result.stderr).toMatch(/could not reach 127\.0\.0\.1:\d+: nothing listens there \(ECONNREFUSED\)\n {2}check/)
})

test('S05: a certificate of nobody known ends with 76, before any password has left', async () => {
  const { key, cert } = makeCertificate({ names: ['localhost'], addresses: ['127.0.0.1'] })
  const place = await serve({ tls: { key, cert } })
  await using server = place.server
  const config = readFileSync(place.home.config, 'utf8').replace('"none"', '"tls"')
  writeFileSync(place.home.config, config)
  const result = await sync(place)
  expect(result.status).toBe(76)
  expect(result.stderr).toMatch(
    /could not trust the certificate of 127\.0\.0\.1.*\n {2}.*fingerprint = "sha256:[0-9a-f]{64}"/,
  )
  expect(server.commands).toEqual([])
  const pin = /sha256:[0-9a-f]{64}/.exec(result.stderr)?.[0] ?? ''
  writeFileSync(place.home.config, `${config}fingerprint = "${pin}"\n`)
  await expectWhole(place)
})

test('an unknown config key ends with 78, its line and the key that was meant', async () => {
  const place = await serve({}, 'conections = 3')
  await using server = place.server
  const result = await sync(place)
  expect(result.status).toBe(78)
  expect(result.stderr).toContain('line 4: accounts.ada.conections: unknown key, did you mean "connections"?')
  expect(server.commands).toEqual([])
})

test('S09: a config that others can change ends with 78 and the command that mends it', async () => {
  const place = await serve()
  await using _server = place.server
  chmodSync(place.home.config, 0o622)
  const result = await sync(place)
  expect(result.status).toBe(78)
  expect(result.stderr).toContain('chmod go-w')
})

test('a store of another program ends with 78 and is not touched', async () => {
  const place = await serve()
  await using _server = place.server
  const other = new Sqlite(place.home.store)
  other.exec('CREATE TABLE theirs (x)')
  other.close()
  chmodSync(place.home.store, 0o600)
  const before = readFileSync(place.home.store)
  const result = await sync(place)
  expect(result.status).toBe(78)
  expect(result.stderr).toMatch(/is a database of another program, not a mailmirror store\n {2}name another path/)
  expect(readFileSync(place.home.store)).toEqual(before)
})

test('F10: a store behind a link that leads nowhere ends with 74, and no new store is begun', async () => {
  const place = await serve()
  await using server = place.server
  symlinkSync(join(temporaryDirectory(), 'unmounted', 'mail.db'), place.home.store)
  const result = await sync(place)
  expect(result.status).toBe(74)
  expect(result.stderr).toMatch(/symbolic link that leads nowhere\n {2}mount/)
  expect(server.commands).toEqual([])
})

test.skipIf(isRoot)('a directory that cannot be written ends with 74', async () => {
  const place = await serve()
  await using _server = place.server
  const locked = join(temporaryDirectory(), 'locked')
  mkdirSync(locked, { mode: 0o500 })
  writeFileSync(
    place.home.config,
    readFileSync(place.home.config, 'utf8').replace(place.home.store, join(locked, 'mail.db')),
  )
  const result = await sync(place)
  expect(result.status).toBe(74)
})

test('F49: a mailbox that the server refuses ends with 1 and its words; the others are whole', async () => {
  const place = await serve({
    faults: [
      { when: { command: /EXAMINE "?Sent/ }, action: { kind: 'answer', status: 'NO', text: '[NOPERM] not for you' } },
    ],
  })
  await using server = place.server
  const result = await sync(place)
  expect(result.status).toBe(1)
  expect(result.stderr).toContain('could not examine mailbox "Sent": NO [NOPERM] not for you')
  const statement: unknown = JSON.parse((await runCommand(['-c', place.home.config, 'status', '--json'])).stdout)
  const mailboxes = place.store.mailboxes.filter(({ attributes }) => attributes.selectable).map(({ path }) => path)
  expect(statement).toMatchObject({
    accounts: [{ mailboxes: mailboxes.toSorted().map((path) => ({ path, complete: path !== 'Sent' })) }],
  })
  server.faults.clear()
  await expectWhole(place)
})

test('F01: a server that hangs up in the middle of a message costs nothing but a new connection', async () => {
  const place = await serve({
    faults: [{ when: { command: /UID FETCH/, nth: 2 }, action: { kind: 'cut', how: 'rst', afterOctets: 900 } }],
  })
  await using server = place.server
  expect((await sync(place)).status).toBe(0)
  expect(server.faults.fired).toEqual([1])
  expect(mirrorState(place.home.store)).toEqual(mailStoreState(place.store))
})

test('F29: a budget that is spent ends with 75 and says when to go on; the next run does not even connect', async () => {
  const place = await serve({}, 'budget = "100K"')
  await using server = place.server
  const first = await sync(place, ['--json'])
  expect(first.status).toBe(75)
  const result: unknown = JSON.parse(first.stdout.trim().split('\n').at(-1) ?? '')
  const resumesAt: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:00:00\.000Z$/)
  expect(result).toMatchObject({
    type: 'sync-finished',
    complete: false,
    accounts: [{ outcome: 'budget-spent', error: { code: 'BUDGET_SPENT', resumesAt } }],
  })
  expect(Object.keys(mirrorState(place.home.store)).length).toBeGreaterThan(0)
  const { connections } = server
  const second = await sync(place)
  expect(second.status).toBe(75)
  expect(second.stderr).toMatch(/its budget of 102400 octets for 24 hours is spent\n {2}what was received is kept/)
  expect(server.connections).toBe(connections)
})

test('F28: a server that names a longer wait than --max-time ends with 75 at once, and the next run goes on', async () => {
  const text = 'Request is throttled. Suggested Backoff Time: 92415 milliseconds'
  const place = await serve({
    faults: [{ when: { command: /UID FETCH/, nth: 3 }, action: { kind: 'answer', status: 'BAD', text } }],
  })
  await using server = place.server
  const result = await sync(place, ['--max-time', '90s'])
  expect(result.status).toBe(75)
  expect(result.stderr).toContain('Suggested Backoff Time: 92415 milliseconds')
  expect(server.faults.fired).toEqual([1])
  await expectWhole(place)
})

test('F28: accounts of which one is throttled end with 1', async () => {
  const place = await serve({
    faults: [
      { when: { command: /EXAMINE/, connection: 1 }, action: { kind: 'answer', status: 'NO', text: '[OVERQUOTA] no' } },
    ],
  })
  await using _server = place.server
  const config = readFileSync(place.home.config, 'utf8')
  writeFileSync(
    place.home.config,
    `${config}\n${config.slice(config.indexOf('[')).replaceAll('accounts.ada', 'accounts.bob')}`,
  )
  const result = await sync(place, ['--json'])
  expect(result.status).toBe(1)
  const last: unknown = JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '')
  const outcomes = expect.arrayContaining([
    expect.objectContaining({ outcome: 'failed' }),
    expect.objectContaining({ outcome: 'complete' }),
  ]) as unknown
  expect(last).toMatchObject({ complete: false, accounts: outcomes })
})

test('--max-time in the midst of a slow server keeps the whole messages that have come, and ends with 1', async () => {
  const place = await serve({ octetsPerSecond: 100_000 })
  await using server = place.server
  const result = await sync(place, ['--json', '--max-time', '2s'])
  expect(result.status).toBe(1)
  const last: unknown = JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '')
  expect(last).toMatchObject({ type: 'sync-finished', complete: false, accounts: [{ outcome: 'interrupted' }] })
  const held = mirrorState(place.home.store)
  const whole = mailStoreState(place.store)
  expect(Object.keys(held).length).toBeGreaterThan(0)
  for (const [key, placement] of Object.entries(held)) expect(whole[key]).toEqual(placement)
  expect(server.openConnections).toBe(0)
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('F13: %s keeps the whole messages that have come, logs out and ends with %i', async (signal, status) => {
  const place = await serve({ octetsPerSecond: 200_000 })
  await using server = place.server
  const running = startCommand(['-c', place.home.config, 'sync', '--json'])
  // A second SIGINT would not wait for anything.
  const committed = Promise.withResolvers<void>()
  running.onLine = (line) => {
    if (line.includes('"batch-committed"')) committed.resolve()
  }
  await committed.promise
  running.child.kill(signal)
  const ended = await running.ended
  expect(ended.status).toBe(status)
  const last: unknown = JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '')
  expect(last).toMatchObject({ type: 'sync-finished', complete: false })
  expect(Object.keys(mirrorState(place.home.store)).length).toBeGreaterThan(0)
  expect(server.commands.some(({ line }) => line.endsWith('LOGOUT'))).toBe(true)
})

test('F11: a second sync of the same store ends at once with 75 and names the first; with --wait it takes its turn', async () => {
  const place = await serve({ octetsPerSecond: 400_000 })
  await using _server = place.server
  const first = startCommand(['-c', place.home.config, 'sync', '--json'])
  const begun = Promise.withResolvers<void>()
  first.onLine = (line) => {
    if (line.includes('"mailbox-started"')) begun.resolve()
  }
  await begun.promise
  const second = await sync(place)
  expect(second.status).toBe(75)
  expect(second.stderr).toContain(`process ${first.child.pid} on `)
  const third = await sync(place, ['--wait', '-q'])
  expect((await first.ended).status).toBe(0)
  expect([third.status, third.stderr]).toEqual([0, ''])
  expect(mirrorState(place.home.store)).toEqual(mailStoreState(place.store))
})

test('F13: a reader that goes away ends a command quietly', async () => {
  const place = await serve()
  await using _server = place.server
  await expectWhole(place)
  const running = startCommand(['-c', place.home.config, 'log'])
  running.onLine = () => running.child.stdout?.destroy()
  const { stderr, signal } = await running.ended
  expect([stderr, signal]).toEqual(['', null])
})

test('what was expunged is still readable, octet by octet, with the time of its removal', async () => {
  const place = await serve()
  await using _server = place.server
  await expectWhole(place)
  const message = place.store.mailbox('INBOX').messages[0]
  if (message === undefined) throw new Error('the sample mail has an empty INBOX')
  place.store.expunge('INBOX', [message.uid])
  await expectWhole(place)
  const removed = Object.entries(mirrorState(place.home.store, 'removed'))
  expect(removed).toHaveLength(1)
  const name = `sha256:${removed[0]?.[1].sha256}`
  const shown = await runCommand(['-c', place.home.config, 'show', name, '--json'])
  const removedAt: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT/)
  expect(JSON.parse(shown.stdout)).toMatchObject({ placements: [{ mailbox: 'INBOX', uid: message.uid, removedAt }] })
  const raw = await runCommand(['-c', place.home.config, 'show', name, '--raw'])
  expect(raw.stdout).toBe(Buffer.from(message.octets).toString('utf8'))
})
