import { spawn } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import { TokenServer } from '../servers/token-server.ts'
import { TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts'
import { login, oauthSource, obedient, openGrants } from './temporary-grants.ts'
import { failureOf, never, openSecrets } from './temporary-secrets.ts'

const inFile = { keychain: false, signal: never }

const granted = async (server: TokenServer, folder = temporaryDirectory()) => {
  const grants = openGrants(folder, server)
  const kept = await grants.grant(login, obedient, inFile)
  return { grants, file: kept === 'keychain' ? '' : kept.file }
}

describe('access that is renewed', () => {
  test.each<readonly [string, { readonly status: number; readonly body: object }, readonly [string, string]]>([
    [
      'F22 revoked access',
      { status: 400, body: { error: 'invalid_grant', error_description: 'AADSTS70008' } },
      [
        'LOGIN_REJECTED could not get access to the mail of ada@example.org at Microsoft: access was revoked or has expired',
        'log in again: mailmirror account login ada',
      ],
    ],
    [
      'a wrong tenant',
      {
        status: 400,
        body: { error: 'invalid_request', error_description: "AADSTS90002: Tenant 'example.org' not found." },
      },
      [
        "LOGIN_REJECTED could not get access to the mail of ada@example.org at Microsoft: invalid_request: AADSTS90002: Tenant 'example.org' not found.",
        'check id, secret and tenant in `oauth-client` of this account, and what the client is registered for',
      ],
    ],
    [
      'a server that has trouble',
      { status: 503, body: { error: 'temporarily_unavailable' } },
      [
        'SERVER_UNREACHABLE could not get access to the mail of ada@example.org at Microsoft: it has trouble of its own (HTTP 503)',
        'run the command again in a few minutes; check the network',
      ],
    ],
    [
      'a server that is too busy',
      { status: 429, body: { busy: true } },
      [
        'THROTTLED could not get access to the mail of ada@example.org at Microsoft: it wants fewer requests (HTTP 429)',
        'run the command again in a few minutes; check the network',
      ],
    ],
  ])('%s has its own message', async (_name, answer, [message, hint]) => {
    await using server = await TokenServer.start()
    const { grants, file } = await granted(server)
    const before = readFileSync(file, 'utf8')
    server.onToken = () => ({ ...answer, body: { ...answer.body } })
    const failure = grants.accessToken(login, never)
    expect(await failureOf(failure)).toBe(message)
    expect(await failure.catch((error: unknown) => (error instanceof AppError ? error.hint : error))).toBe(hint)
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  test('a server that repeats what it was sent puts no secret into the message (S08)', async () => {
    await using server = await TokenServer.start()
    const { grants } = await granted(server)
    const secretive = { ...login, client: { ...login.client, secret: 'canary-client' } }
    await grants.grant(secretive, obedient, inFile)
    server.onToken = ({ refresh_token: token = '', client_secret: secret = '' }) => ({
      status: 400,
      body: { error: 'invalid_client', error_description: `${token} ${secret}` },
    })
    const failure = grants.accessToken(secretive, never)
    expect(await failureOf(failure)).toBe(
      'LOGIN_REJECTED could not get access to the mail of ada@example.org at Microsoft: invalid_client: (secret) (secret)',
    )
    expect(await failure.catch((error: unknown) => (error instanceof AppError ? error.cause : error))).toBeUndefined()
  })

  test('an answer without end is not read to its end', async () => {
    await using server = await TokenServer.start()
    const { grants } = await granted(server)
    server.onToken = () => ({ body: { filler: 'x'.repeat(2 ** 20) } })
    expect(await failureOf(grants.accessToken(login, never))).toBe(
      `PROTOCOL_VIOLATION could not read the answer of ${new URL(server.url).host}: it is longer than 1 MiB`,
    )
  })

  test('a clock that is wrong by hours keeps nobody out', async () => {
    await using server = await TokenServer.start()
    const { grants } = await granted(server)
    server.skewSeconds = 6 * 3600
    expect((await grants.accessToken(login, never)).lifeMs).toBe(3_600_000)
    server.skewSeconds = -6 * 3600
    expect((await grants.accessToken(login, never)).lifeMs).toBe(3_600_000)
  })

  test('F23 processes that renew at the same time use each refresh token once', async () => {
    await using server = await TokenServer.start()
    const folder = temporaryDirectory()
    const { grants } = await granted(server, folder)
    const others = [openGrants(folder, server), openGrants(folder, server), openGrants(folder, server)]
    await Promise.all([grants, ...others].map((one) => one.accessToken(login, never)))
    const used = server.requests.flatMap(({ refresh_token: token }) => (token === undefined ? [] : [token]))
    expect([used.length, new Set(used).size]).toEqual([4, 4])
  })

  test('F23 each new refresh token is kept before the next one is asked for', async () => {
    await using server = await TokenServer.start()
    const folder = temporaryDirectory()
    await granted(server, folder)
    server.isStrict = true
    for (const _ of [1, 2, 3]) await openGrants(folder, server).accessToken(login, never)
    expect(server.used.size).toBe(3)
  })

  test('F23 an interruption does not lose what the provider is answering', async () => {
    await using server = await TokenServer.start()
    const folder = temporaryDirectory()
    const { grants } = await granted(server, folder)
    server.isStrict = true
    const run = new AbortController()
    server.onToken = () => {
      run.abort()
      return undefined
    }
    const secrets = openSecrets({ grants: () => Promise.resolve(grants) })
    expect(await failureOf(secrets.login(oauthSource, run.signal))).toMatch(/^INTERRUPTED/)
    // Waits for the lock, and with it for the end of what is under way.
    expect(server.good.has((await openGrants(folder, server).accessToken(login, never)).token)).toBe(true)
  })

  test.each([
    ['an old refresh token still counts goes on', false, 'access'],
    [
      'it does not says so, after one request',
      true,
      'LOGIN_REJECTED could not get access to the mail of ada@example.org at Microsoft: access was revoked or has expired',
    ],
  ])(
    'F23 whoever is killed between answer and keeping leaves lock and token alone: where %s',
    async (...[, isStrict, end]) => {
      await using server = await TokenServer.start()
      const folder = temporaryDirectory()
      const { file } = await granted(server, folder)
      const before = readFileSync(file, 'utf8')
      server.isStrict = isStrict
      const program = fileURLToPath(new URL('killed-renewal.ts', import.meta.url))
      const issuer = server.providers.google('').issuer
      const child = spawn(process.execPath, [program, folder, server.url, issuer], { stdio: 'ignore' })
      const signal = await new Promise((resolve) => child.on('close', (_code, name) => resolve(name)))
      expect([signal, server.used.size, readFileSync(file, 'utf8')]).toEqual(['SIGKILL', 1, before])
      const next = openGrants(folder, server).accessToken(login, never)
      expect(isStrict ? await failureOf(next) : server.good.has((await next).token) && 'access').toBe(end)
      expect(server.requests).toHaveLength(3)
    },
  )

  test.each<readonly [string, { readonly mode?: number; readonly text?: string }, RegExp]>([
    [
      'readable by others',
      { mode: 0o644 },
      /^CONFIG_UNSAFE the password file .* can be read or changed by other users$/,
    ],
    [
      'damaged',
      { text: '{"refresh' },
      /^SECRET_UNAVAILABLE could not read the access that is kept in .*: it is damaged$/,
    ],
  ])('a file that is %s is refused', async (_name, { mode = 0o600, text }, message) => {
    await using server = await TokenServer.start()
    using directory = new TemporaryDirectory()
    const { grants, file } = await granted(server, directory.path)
    if (text !== undefined) writeFileSync(file, text)
    chmodSync(file, mode)
    expect(await failureOf(grants.accessToken(login, never))).toMatch(message)
  })
})
