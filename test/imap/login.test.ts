import { getEventListeners } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { ExtensionSwitches } from '../../src/demo/extensions.ts'
import { MailStore } from '../../src/demo/mail-store.ts'
import { createImapSource } from '../../src/imap/imap-source.ts'
import { AppError } from '../../src/model/errors.ts'
import { openSecrets } from '../credentials/temporary-secrets.ts'
import { accountAt, password } from '../support/run-sync.ts'
import { startScriptedServer } from '../servers/scripted-server.ts'
import type { Answer, ScriptedServer, ScriptedServerOptions } from '../servers/scripted-server.ts'
import { fixedPassword } from '../support/fixed-password.ts'
import { connectTo } from './connections.ts'
import { NotingLane } from './noting-lane.ts'
import { errorOf } from './outcome.ts'

async function demoServer(extensions: ExtensionSwitches = {}) {
  const server = await startDemoServer({ store: new MailStore(), users: { ada: password }, extensions })
  onTestFinished(() => server.close())
  return server
}

async function scripted(options: ScriptedServerOptions): Promise<ScriptedServer> {
  const server = await startScriptedServer(options)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

/** Answers one command in this way and all others as usual. */
const answering =
  (name: string, answer: Answer): NonNullable<ScriptedServerOptions['answer']> =>
  ({ text }) =>
    text.toUpperCase().startsWith(name) ? answer : undefined

/** As UTF-8, one character per octet. */
const octetsOf = (text: string): string => Buffer.from(text).toString('latin1')

const logins = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => /\b(?:LOGIN|AUTHENTICATE)\b/.test(line))

describe('logging in', () => {
  test('asks nothing that is not needed, and each once', async () => {
    const server = await demoServer()
    await connectTo(server)
    expect(server.commands.map(({ line }) => line.replace(/^\S+ /, ''))).toEqual([
      'ID ("name" "mailmirror" "version" "0.0.0")',
      'AUTHENTICATE PLAIN',
      'NAMESPACE',
    ])
  })

  test('uses LOGIN where the server has no AUTH=PLAIN, with whatever the password holds', async () => {
    const server = await scripted({})
    await connectTo(server, { account: { server: { user: 'ada@example.org' } }, password: String.raw`a"b\c {3} d` })
    expect(logins(server.received)).toEqual([String.raw`LOGIN "ada@example.org" "a\"b\\c {3} d"`])
  })

  test('sends octets above 127 as they are in UTF-8', async () => {
    const server = await scripted({})
    await connectTo(server, { password: 'Tür€' })
    const [login = ''] = logins(server.received)
    expect(Buffer.from(login, 'latin1').toString()).toMatch(/^LOGIN "ada" \{8\+?\}\r\nTür€$|^LOGIN "ada" "Tür€"$/)
  })

  test.each<readonly [string, object]>([
    ['AUTHENTICATE PLAIN', {}],
    ['LOGIN', { capabilities: 'IMAP4rev1' }],
  ])('F24 a wrong password is tried once, by %s', async (name, options) => {
    const server = await scripted({
      capabilities: 'IMAP4rev1 AUTH=PLAIN AUTH=LOGIN',
      ...options,
      answer: answering(name, 'TAG NO [AUTHENTICATIONFAILED] Invalid credentials\r\n'),
    })
    expect(await errorOf(connectTo(server))).toMatchObject({
      code: 'LOGIN_REJECTED',
      message: `could not log in to 127.0.0.1:${server.port} as ada: NO [AUTHENTICATIONFAILED] Invalid credentials`,
    })
    expect(logins(server.received)).toEqual([expect.stringMatching(new RegExp(`^${name}`))])
    expect(server.connections).toBe(1)
  })

  test('F24 the embedded server agrees', async () => {
    const server = await demoServer()
    expect(await errorOf(connectTo(server, { password: 'wrong' }))).toMatchObject({ code: 'LOGIN_REJECTED' })
    expect(logins(server.commands.map(({ line }) => line))).toHaveLength(1)
  })

  test.each([
    ['[UNAVAILABLE] Temporary authentication failure'],
    ['[LIMIT] LOGIN Rate limit hit.'],
    ['[ALERT] Too many simultaneous connections. (Failure)'],
    ['[INUSE] locked'],
  ])('F25 I20 "NO %s" is no rejected login', async (text) => {
    const server = await scripted({ answer: answering('LOGIN', `TAG NO ${text}\r\n`) })
    const error = await errorOf(connectTo(server))
    expect(error.code).toBe('THROTTLED')
    expect(error.message).toContain(text.slice(text.indexOf(']') + 2))
    expect(logins(server.received)).toHaveLength(1)
  })

  test('F28 a throttled login ends at once, with the wait that the server names: none of it is waited on the connection', async () => {
    const text = 'Request is throttled. Suggested Backoff Time: 92415 milliseconds'
    const server = await scripted({ answer: answering('LOGIN', `TAG BAD ${text}\r\n`) })
    const error = await errorOf(connectTo(server))
    expect(error).toMatchObject({ code: 'THROTTLED', throttle: 'pause', retryAfterMs: 92_415, concernsHost: false })
    expect(logins(server.received)).toHaveLength(1)
  })

  test('F26 nothing is sent where the server takes no login', async () => {
    const server = await scripted({ capabilities: 'IMAP4rev1 LOGINDISABLED' })
    expect(await errorOf(connectTo(server))).toMatchObject({
      code: 'LOGIN_REJECTED',
      hint: 'it wants TLS first: set `security` to "starttls" or "tls" in the config',
    })
    expect(logins(server.received)).toEqual([])
  })

  test('F27 Exchange that logs in and is not connected is no wrong password', async () => {
    const server = await scripted({
      capabilities: 'IMAP4rev1 NAMESPACE',
      answer: answering('NAMESPACE', 'TAG BAD User is authenticated but not connected.\r\n'),
    })
    const error = await errorOf(connectTo(server))
    expect(error).toMatchObject({ code: 'LOGIN_REJECTED', retryAfterMs: 30_000 })
    expect(error.hint).toMatch(/^the password was right/)
  })

  test('an account without a password says where to put one', async () => {
    const server = await demoServer()
    const account = { server: { password: undefined } }
    expect(await errorOf(connectTo(server, { account, secrets: openSecrets({}) }))).toMatchObject({
      code: 'SECRET_UNAVAILABLE',
      message: 'account ada has no password',
      hint: 'set accounts.ada.imap.password in the config, for instance { command = ["pass", "show", "mail"] }; on a terminal it is asked for',
    })
    expect(server.connections).toBe(0)
  })

  test.each([
    ['an ID that is refused', 'ID', 'TAG BAD no\r\n'],
    ['a NAMESPACE that is refused', 'NAMESPACE', 'TAG NO no\r\n'],
    ['a COMPRESS that is refused', 'COMPRESS', 'TAG NO no\r\n'],
    ['a stray line', 'ID', 'garbage\r\n* OK hm\r\nTAG OK done\r\n'],
  ])('F51 %s does not keep anybody out', async (_name, command, answer) => {
    const server = await scripted({
      capabilities: 'IMAP4rev1 ID NAMESPACE COMPRESS=DEFLATE',
      answer: answering(command, answer),
    })
    const connection = await connectTo(server, { compress: true })
    expect(await connection.listMailboxes()).toEqual([])
  })
})

describe('a server that is not there, or not well', () => {
  test('where nothing listens it is unreachable', async () => {
    const closed = createServer()
    const port = await new Promise<number>((resolve) => {
      closed.listen(0, '127.0.0.1', () => {
        const address = closed.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
    await new Promise((resolve) => closed.close(resolve))
    expect(await errorOf(connectTo({ port }))).toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: `could not reach 127.0.0.1:${port}: nothing listens there (ECONNREFUSED)`,
      hint: 'check `host` and `port` in the config, and the network',
    })
    expect(await errorOf(connectTo({ port }, { account: { server: { host: 'localhost' } } }))).toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: `could not reach localhost:${port}: nothing listens there (ECONNREFUSED)`,
    })
  })

  test('where there is no such host it is unreachable', async () => {
    const error = await errorOf(connectTo({ port: 993 }, { account: { server: { host: 'no-such-host.invalid' } } }))
    expect(error.code).toBe('SERVER_UNREACHABLE')
    expect(error.message).toMatch(
      /^could not reach no-such-host\.invalid:993: (?:there is no such host|the name could not be looked up) \(/,
    )
  })

  const phases = ['GREETING', 'CAPABILITY', 'ID', 'AUTHENTICATE', 'NAMESPACE', 'COMPRESS'] as const

  /** A server with this answer in that phase. */
  const inPhase = (phase: (typeof phases)[number], answer: Answer): Promise<ScriptedServer> =>
    scripted({
      capabilities: 'IMAP4rev1 ID AUTH=PLAIN NAMESPACE COMPRESS=DEFLATE',
      ...(phase === 'GREETING' ? { greeting: answer } : { answer: answering(phase, answer) }),
    })

  test.each(phases)('F17 silence at %s ends', async (phase) => {
    const server = await inPhase(phase, () => undefined)
    const error = await errorOf(connectTo(server, { compress: true, connectTimeoutMs: 100 }))
    expect(error.code).toBe('SERVER_UNREACHABLE')
    expect(error.message).toMatch(
      /it sent no greeting in time|it stopped answering before the login was done|it was not done within/,
    )
  })

  test.each(phases)('F17 I23 "still here" for ever at %s ends', async (phase) => {
    const server = await inPhase(phase, (peer) => peer.sendEvery(10, '* X-STILL here\r\n'))
    const error = await errorOf(connectTo(server, { compress: true, connectTimeoutMs: 100 }))
    expect(error.code).toBe('SERVER_UNREACHABLE')
    expect(error.message).toMatch(/it sent no greeting in time|it was not done within/)
  })

  const cuts = phases.flatMap((phase) => (['end', 'reset'] as const).map((how) => [phase, how] as const))

  test.each(cuts)('F01 a cut at %s by %s is unreachable, and nothing hangs', async (phase, how) => {
    for (const octets of ['', '* OK [CAPA']) {
      const server = await inPhase(phase, async (peer) => {
        await peer.send(octets)
        peer[how]()
      })
      const error = await errorOf(connectTo(server, { compress: true }))
      expect(error.code).toBe('SERVER_UNREACHABLE')
      expect(error.message).toMatch(/^could not reach 127\.0\.0\.1:\d+: it (?:closed|reset) the connection/)
    }
  })

  test.each([
    ['* BYE Too many connections from your address', 'THROTTLED'],
    ['* BYE [UNAVAILABLE] maintenance', 'SERVER_UNREACHABLE'],
  ])('F31 a greeting of "%s" is %s', async (line, code) => {
    const server = await scripted({ greeting: `${line}\r\n` })
    const error = await errorOf(connectTo(server))
    expect(error).toMatchObject({ code, concernsHost: true })
    expect(error.message).toContain(line.split(' ').at(-1))
  })

  test.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['a web server', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'],
    ['octets', Buffer.from(Array.from({ length: 256 }, (_, octet) => octet))],
    ['a line without an end', Buffer.alloc(3 * 2 ** 20, 'x')],
    ['a literal of 3 GiB', `* OK {${3 * 2 ** 30}}\r\n`],
  ])('a greeting of %s is no login', async (_name, greeting) => {
    const server = await scripted({ greeting })
    const error = await errorOf(connectTo(server, { connectTimeoutMs: 300 }))
    expect(['SERVER_UNREACHABLE', 'PROTOCOL_VIOLATION']).toContain(error.code)
    expect(logins(server.received)).toEqual([])
  })
})

describe('interrupting a login', () => {
  test('that has not begun connects to nobody', async () => {
    const server = await demoServer()
    const lane = new NotingLane()
    expect(await errorOf(connectTo(server, { lane, signal: AbortSignal.abort() }))).toMatchObject({
      code: 'INTERRUPTED',
    })
    expect(server.connections).toBe(0)
    expect(lane.isClosed).toBe(true)
  })

  test.each(['GREETING', 'CAPABILITY', 'LOGIN'])('at %s ends it at once', async (phase) => {
    const abort = new AbortController()
    const stop: Answer = () => abort.abort()
    const server = await scripted(phase === 'GREETING' ? { greeting: stop } : { answer: answering(phase, stop) })
    const lane = new NotingLane()
    expect(await errorOf(connectTo(server, { lane, signal: abort.signal }))).toMatchObject({ code: 'INTERRUPTED' })
    expect(lane.isClosed).toBe(true)
    expect(getEventListeners(abort.signal, 'abort')).toEqual([])
  })

  test('leaves nothing behind at the signal of a long run', async () => {
    const { signal } = new AbortController()
    const server = await demoServer()
    const connection = await connectTo(server, { signal })
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    await connection.logout()
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

describe('the lane', () => {
  test('is told of each step, and is idle after the login', async () => {
    const server = await demoServer()
    const lane = new NotingLane()
    const connection = await connectTo(server, { lane })
    expect(lane.calls.slice(0, 2)).toEqual(['wait: connect', 'wait: auth'])
    expect(lane.calls.filter((call) => call === 'sent login 0').length).toBeGreaterThanOrEqual(4)
    expect(lane.calls.at(-1)).toBe('ended')
    expect(lane.received).toBeGreaterThan(100)
    lane.calls.length = 0
    await connection.examine('INBOX')
    const { length } = 'M1 EXAMINE "INBOX" (CONDSTORE)\r\n'
    expect(lane.calls).toEqual(['mailbox INBOX', `sent EXAMINE ${length}`, 'ended'])
    expect(lane.isClosed).toBe(false)
    await connection.logout()
    expect(lane.isClosed).toBe(true)
  })

  test('is closed when the login fails', async () => {
    const lane = new NotingLane()
    await errorOf(connectTo(await demoServer(), { lane, password: 'wrong' }))
    expect(lane.isClosed).toBe(true)
  })
})

describe('S08 the password', () => {
  const canary = 'canary-7f3a"\\ü'
  const forms = [
    canary,
    'canary',
    Buffer.from(canary).toString('base64'),
    Buffer.from(`\0ada\0${canary}`).toString('base64'),
    octetsOf(canary),
  ]

  const failures: readonly (readonly [string, ScriptedServerOptions])[] = [
    ['refused', { answer: answering('LOGIN', 'TAG NO no\r\n') }],
    ['refused by BAD', { answer: answering('LOGIN', 'TAG BAD no\r\n') }],
    ['refused by PLAIN', { capabilities: 'IMAP4rev1 AUTH=PLAIN', answer: answering('AUTH', 'TAG NO no\r\n') }],
    ['cut', { answer: answering('LOGIN', (peer) => peer.end()) }],
    ['answered by silence', { answer: answering('LOGIN', () => undefined) }],
    ['answered by garbage', { answer: answering('LOGIN', 'TAG (((\r\n') }],
    [
      'repeated by the server',
      { answer: ({ text, tag }) => (text.startsWith('LOGIN') ? `${tag} NO what is ${text}\r\n` : undefined) },
    ],
    [
      'repeated by the server in base64',
      { answer: answering('LOGIN', `TAG NO ${Buffer.from(`\0ada\0${canary}`).toString('base64')}\r\n`) },
    ],
    ['repeated in a BYE', { answer: answering('LOGIN', `* BYE ${octetsOf(canary)}\r\n`) }],
  ]

  test.each(failures)('is in no error and no lane when the login is %s', async (_name, options) => {
    const server = await scripted(options)
    const lane = new NotingLane()
    const error = await errorOf(connectTo(server, { lane, password: canary, connectTimeoutMs: 200 }))
    const all = textOf(error) + lane.calls.join('\n')
    expect(forms.filter((form) => all.includes(form) || all.includes(JSON.stringify(form).slice(1, -1)))).toEqual([])
    expect(error).toBeInstanceOf(AppError)
  })

  test('is asked for once a connection, and with the signal of the run', async () => {
    const server = await demoServer()
    const { signal } = new AbortController()
    const asked: unknown[] = []
    const source = createImapSource({
      secrets: {
        ...fixedPassword(password),
        login: (secret, when) => {
          asked.push([secret, when === signal])
          return Promise.resolve({ kind: 'password', password })
        },
      },
      version: '0.0.0',
    })
    const connection = await source.connect(accountAt(server.port), new NotingLane(), signal)
    await connection.logout()
    expect(asked).toEqual([[{ kind: 'env', name: 'ADA' }, true]])
  })
})

/** Everything that can be read of an error and of what led to it. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error ?? null)
  const own = JSON.stringify([...Object.entries(error), error.message, error.stack])
  return own + textOf(error.cause)
}
