import { readdirSync, readFileSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Keychain } from '../../src/credentials/keychain.ts'
import type { GrantDialog, GrantWay } from '../../src/model/secrets.ts'
import { TokenServer } from '../servers/token-server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { login, obedient, openGrants } from './temporary-grants.ts'
import { failureOf, never } from './temporary-secrets.ts'

const inFile = { keychain: false, signal: never }

class MemoryKeychain implements Keychain {
  readonly kept = new Map<string, string>()
  read(entry: string): Promise<string | undefined> {
    return Promise.resolve(this.kept.get(entry))
  }
  store(entry: string, secret: string): Promise<void> {
    this.kept.set(entry, secret)
    return Promise.resolve()
  }
  remove(entry: string): Promise<boolean> {
    return Promise.resolve(this.kept.delete(entry))
  }
}

/** What a person brings who has been at `url`: the address that the browser was sent to. */
async function endOf(url: string): Promise<string> {
  const response = await fetch(url, { redirect: 'manual' })
  return response.headers.get('location') ?? ''
}

/** Does `act` with the address that the person is shown. */
function dialog(way: GrantWay, act: (url: string, code: string | undefined) => Promise<string>): GrantDialog {
  let address: Promise<string> = Promise.resolve('')
  return {
    way,
    show: ({ url, code }) => {
      address = act(url, code)
      return Promise.resolve()
    },
    askAddress: () => address,
  }
}

const sha256 = async (text: string): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('base64url')

describe('access that is granted in a browser of this machine', () => {
  test('is asked for with PKCE and a state, for 127.0.0.1 and for mail alone (S27)', async () => {
    await using server = await TokenServer.start()
    const shown: URL[] = []
    const grants = openGrants(temporaryDirectory(), server)
    await grants.grant(
      login,
      dialog('loopback', async (url) => {
        shown.push(new URL(url))
        return (await fetch(url)).text()
      }),
      inFile,
    )
    const [{ code_verifier: verifier = '', code: _code, ...request } = {}] = server.requests
    const asked = Object.fromEntries(shown[0]?.searchParams ?? [])
    const { state = '', redirect_uri: redirect = '', ...rest } = asked
    expect(rest).toEqual({
      client_id: 'client',
      response_type: 'code',
      scope: 'mail',
      login_hint: 'ada@example.org',
      prompt: 'consent',
      code_challenge_method: 'S256',
      code_challenge: await sha256(verifier),
    })
    expect(redirect).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    expect(state.length).toBeGreaterThan(30)
    expect(request).toEqual({ grant_type: 'authorization_code', redirect_uri: redirect, client_id: 'client' })
  })

  test('lies in a file of its owner alone where there is no keychain, and gives access tokens', async () => {
    await using server = await TokenServer.start()
    const folder = temporaryDirectory()
    const grants = openGrants(folder, server)
    const kept = await grants.grant(login, obedient, { ...inFile, keychain: true })
    expect(kept).toMatchObject({ reason: 'no keychain here' })
    const file = kept === 'keychain' ? '' : kept.file
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'access')).mode & 0o777).toBe(0o700)
    const { token, lifeMs } = await grants.accessToken(login, never)
    expect([server.good.has(token), lifeMs]).toEqual([true, 3_600_000])
  })

  test('lies in the keychain where there is one, and nowhere else', async () => {
    await using server = await TokenServer.start()
    const folder = temporaryDirectory()
    const keychain = new MemoryKeychain()
    await openGrants(folder, server).grant(login, obedient, inFile)
    const grants = openGrants(folder, server, { keychain })
    expect(await grants.grant(login, obedient, { ...inFile, keychain: true })).toBe('keychain')
    expect(readdirSync(join(folder, 'access')).filter((name) => name.endsWith('.json'))).toEqual([])
    expect([...keychain.kept.keys()]).toEqual(['access of client to ada@example.org at microsoft (example.org)'])
    expect(server.good.has((await grants.accessToken(login, never)).token)).toBe(true)
    expect(await grants.forget(login, never)).toBe(true)
    expect(await grants.forget(login, never)).toBe(false)
    expect(await failureOf(grants.accessToken(login, never))).toBe(
      'SECRET_UNAVAILABLE no access to the mail of ada@example.org has been granted yet',
    )
  })

  test('is not what a stranger brings: a wrong state changes nothing, and a second answer finds nobody (S27)', async () => {
    await using server = await TokenServer.start()
    const said: unknown[] = []
    const grants = openGrants(temporaryDirectory(), server)
    const done = Promise.withResolvers<void>()
    const visit = async (url: string): Promise<void> => {
      const answer = await endOf(url)
      const forged = new URL(answer)
      forged.searchParams.set('state', 'forged')
      forged.searchParams.set('code', 'forged')
      said.push((await fetch(forged)).status, (await fetch(`${new URL(answer).origin}/favicon.ico`)).status)
      said.push((await fetch(answer, { method: 'POST' })).status, (await fetch(answer)).status)
      said.push(
        await fetch(answer).then(
          ({ status }) => status,
          () => 'nobody',
        ),
      )
      done.resolve()
    }
    await grants.grant(
      login,
      dialog('loopback', async (url) => {
        void visit(url)
        return Promise.resolve('')
      }),
      inFile,
    )
    await done.promise
    expect(said.slice(0, 4)).toEqual([400, 400, 400, 200])
    expect([400, 'nobody']).toContain(said[4])
    expect(server.requests.map(({ code }) => code)).toEqual([expect.not.stringMatching('forged')])
  })

  test('is waited for by a listener that keeps no connection when it is done', async () => {
    await using server = await TokenServer.start()
    const spare = new Socket()
    const closed = new Promise<void>((resolve) => spare.on('close', () => resolve()))
    const browser = dialog('loopback', async (url) => {
      const answer = new URL(await endOf(url))
      await new Promise<void>((resolve) => spare.connect(Number(answer.port), answer.hostname, resolve))
      spare.resume()
      return (await fetch(answer)).text()
    })
    await openGrants(temporaryDirectory(), server).grant(login, browser, inFile)
    await closed
    expect(spare.closed).toBe(true)
  })

  test('is waited for no longer than the limit, and not after the signal (S27)', async () => {
    await using server = await TokenServer.start()
    const absent = dialog('loopback', () => Promise.resolve(''))
    const grants = openGrants(temporaryDirectory(), server, { limitMs: 20 })
    expect(await failureOf(grants.grant(login, absent, inFile))).toBe(
      'LOGIN_REJECTED could not log in: no browser has come back within 0.02 s',
    )
    const stopped = openGrants(temporaryDirectory(), server).grant(login, absent, {
      ...inFile,
      signal: AbortSignal.abort(),
    })
    expect(await failureOf(stopped)).toMatch(/^INTERRUPTED/)
  })

  test('may be denied', async () => {
    await using server = await TokenServer.start()
    const denied = dialog('loopback', async (url) => {
      const asked = new URL(url).searchParams
      const back = new URL(asked.get('redirect_uri') ?? '')
      back.searchParams.set('error', 'access_denied')
      back.searchParams.set('state', asked.get('state') ?? '')
      return (await fetch(back)).text()
    })
    expect(await failureOf(openGrants(temporaryDirectory(), server).grant(login, denied, inFile))).toBe(
      'LOGIN_REJECTED could not get access to the mail of ada@example.org at Microsoft: access_denied',
    )
    expect(server.requests).toEqual([])
  })

  test('that does not last is not kept', async () => {
    await using server = await TokenServer.start()
    server.onToken = () => ({ body: { refresh_token: undefined } })
    const folder = temporaryDirectory()
    expect(await failureOf(openGrants(folder, server).grant(login, obedient, inFile))).toBe(
      'LOGIN_REJECTED could not keep the access to the mail of ada@example.org: Microsoft gave none that lasts (no refresh token)',
    )
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('access that is granted in another browser', () => {
  test('comes with the address at which that has ended', async () => {
    await using server = await TokenServer.start()
    const grants = openGrants(temporaryDirectory(), server)
    await grants.grant({ ...login, provider: 'google' }, dialog('paste', endOf), inFile)
    expect(server.requests).toHaveLength(1)
  })

  test('is refused with another state, or another address (S27)', async () => {
    await using server = await TokenServer.start()
    const grants = openGrants(temporaryDirectory(), server)
    const forged = dialog('paste', async (url) => (await endOf(url)).replace(/state=[^&]*/, 'state=forged'))
    expect(await failureOf(grants.grant(login, forged, inFile))).toBe(
      'LOGIN_REJECTED could not log in: that is not the address at which the browser has ended, this time: it belongs to another login',
    )
    const elsewhere = dialog('paste', () => Promise.resolve('https://example.org/?code=1'))
    expect(await failureOf(grants.grant(login, elsewhere, inFile))).toMatch(
      /^LOGIN_REJECTED could not log in: that is not the address at which the browser has ended/,
    )
    expect(server.requests).toEqual([])
  })

  test('comes by a code that is typed there, when that has been done', async () => {
    await using server = await TokenServer.start()
    const errors = ['authorization_pending', 'slow_down', 'authorization_pending']
    const waits: number[] = []
    server.onPoll = () => {
      const error = errors.shift()
      return error === undefined
        ? { body: { access_token: 'access', token_type: 'Bearer', refresh_token: 'lasting' } }
        : { status: 400, body: { error } }
    }
    const grants = openGrants(temporaryDirectory(), server, {
      providers: server.pollingProviders,
      delay: (ms) => {
        waits.push(ms)
        return Promise.resolve()
      },
    })
    const shown: unknown[] = []
    const way = dialog('device', (url, code) => {
      shown.push(url, code)
      return Promise.resolve('')
    })
    const kept = await grants.grant(login, way, inFile)
    expect(shown).toEqual(['https://example.org/device', 'ABCD-EFGH'])
    expect(waits).toEqual([5000, 5000, 10_000, 10_000])
    expect(kept === 'keychain' ? '' : readFileSync(kept.file, 'utf8')).toContain('"refreshToken":"lasting"')
  })

  test('does not come by a code from Google', async () => {
    await using server = await TokenServer.start()
    const way = dialog('device', () => Promise.resolve(''))
    const google = { ...login, provider: 'google' } as const
    expect(await failureOf(openGrants(temporaryDirectory(), server).grant(google, way, inFile))).toBe(
      'USAGE Google does not grant access to mail by a code',
    )
  })
})
