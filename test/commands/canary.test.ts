import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { MailStore } from '../../src/demo/mail-store.ts'
import { startDovecot } from '../servers/dovecot.ts'
import { openMailClient } from '../servers/mail-client.ts'
import { startScriptedServer } from '../servers/scripted-server.ts'
import { TokenServer } from '../servers/token-server.ts'
import { withoutDovecot } from '../servers/without-dovecot.ts'
import { loginHome } from '../support/login-home.ts'
import type { LoginHome } from '../support/login-home.ts'
import { redirectedProviders, visit } from '../support/redirected-providers.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const canary = 'canary-3f9a71'

/** As they are and as they go out: PLAIN, LOGIN, XOAUTH2, OAUTHBEARER, a form, and as they stand in any other base64. */
function formsOf(secret: string, port: number): readonly string[] {
  const bearer = `auth=Bearer ${secret}\u0001\u0001`
  const sent = [
    secret,
    `\0ada\0${secret}`,
    `user=ada\u0001${bearer}`,
    `n,a=ada,\u0001host=127.0.0.1\u0001port=${port}\u0001${bearer}`,
  ]
  // Three ways, by where in the octets the secret begins.
  const inside = [0, 1, 2].map((lead) => base64(' '.repeat(lead) + secret).slice(lead + 1, -4))
  return [secret, encodeURIComponent(secret), ...sent.map(base64), ...inside]
}

/** Everything that the program has said and kept: outputs by command, files by path. */
class Traces {
  readonly #said: (readonly [string, string])[] = []
  readonly #home: LoginHome

  constructor(home: LoginHome) {
    this.#home = home
  }

  async run(...args: readonly string[]): Promise<number | null> {
    const { status, stdout, stderr } = await this.#home.run(args)
    this.#said.push([args.join(' '), stdout + stderr])
    return status
  }

  say(where: string, text: string): void {
    this.#said.push([where, text])
  }

  /** Where any of the forms is found; `known` are the files that hold secrets by right. */
  findings(forms: readonly string[], known: (path: string) => boolean): readonly string[] {
    const names = readdirSync(this.#home.directory, { recursive: true, withFileTypes: true })
    const files = names.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
    if (!files.some((path) => path.endsWith('mail.db'))) throw new Error('the store was not looked at')
    const all = [
      ...this.#said,
      ...files.filter((path) => !known(path)).map((path) => [path, readFileSync(path, 'latin1')] as const),
    ]
    if (all.length < 12) throw new Error('hardly anything was looked at')
    return all.filter(([, text]) => forms.some((form) => text.includes(form))).map(([where]) => where)
  }
}

/** Every command that talks of accounts, runs or the store. */
async function everything(traces: Traces, directory: string): Promise<readonly (number | null)[]> {
  const record = join(directory, 'transcript.ndjson')
  const commands = [
    ['sync', '-vvv', '--debug', '--json', '--record', record],
    ['sync', '-vvv', '--debug', '--progress=plain', '--full'],
    ['profile', '--', 'sync', '--full'],
    ['profile', 'report', '--json'],
    ['profile', 'list'],
    ['verify', '--server', '-vvv', '--debug'],
    ['config', 'show'],
    ['config', 'show', '--json'],
    ['config', 'check', '-vvv'],
    ['status', '--json'],
    ['log'],
  ]
  const statuses: (number | null)[] = []
  for (const command of commands) statuses.push(await traces.run(...command))
  return statuses
}

const allDone = Array.from({ length: 11 }, () => 0)

describe('S08 a password', () => {
  test('is in nothing that the program says or keeps', async () => {
    const mail = new MailStore()
    mail.append('INBOX', Buffer.from('Subject: Tee\r\n\r\nText\r\n'))
    const server = await startDemoServer({ store: mail, users: { ada: canary } })
    onTestFinished(() => server.close())
    const home = loginHome({ port: server.port, password: '{ env = "ADA" }', variables: { ADA: canary } })
    const traces = new Traces(home)
    expect(await everything(traces, home.directory)).toEqual(allDone)
    expect(traces.findings(formsOf(canary, server.port), () => false)).toEqual([])
  })

  test('is in no complaint of a server that refuses it and repeats what it was sent', async () => {
    const server = await startScriptedServer({
      capabilities: 'IMAP4rev1 AUTH=PLAIN',
      answer: ({ text }) =>
        text.startsWith('AUTHENTICATE')
          ? `TAG NO [AUTHENTICATIONFAILED] ${canary} ${base64(`\0ada\0${canary}`)}\r\n`
          : undefined,
    })
    onTestFinished(() => server[Symbol.asyncDispose]())
    const home = loginHome({ port: server.port, password: '{ env = "ADA" }', variables: { ADA: canary } })
    const traces = new Traces(home)
    const statuses = await everything(traces, home.directory)
    expect(statuses.slice(0, 2)).toEqual([77, 77])
    expect(traces.findings(formsOf(canary, server.port), () => false)).toEqual([])
  })
})

describe.skipIf(withoutDovecot)('S08 access', () => {
  test('is in nothing that the program says or keeps, but for its own file', async () => {
    await using provider = await TokenServer.start()
    provider.givesIdTokens = false
    let renewals = 0
    provider.onToken = () => ({
      body: { access_token: `${canary}-access-${renewals}`, refresh_token: `${canary}-refresh-${renewals++}` },
    })
    const tokens = { infoUrl: `${provider.url}/tokeninfo?access_token=`, mechanisms: 'xoauth2' } as const
    await using dovecot = await startDovecot({ tokens, settings: ['auth_failure_delay = 0'] })
    await using client = await openMailClient({ port: dovecot.port, user: 'ada', password: dovecot.password })
    await client.append('INBOX', [{ octets: Buffer.from('Subject: Tee\r\n\r\nText\r\n') }])
    const home = loginHome({
      port: dovecot.port,
      password: '{ oauth = "google" }',
      variables: redirectedProviders(temporaryDirectory(), provider.url),
      extra: `oauth-client = { id = "client", secret = "${canary}-client" }`,
    })
    const traces = new Traces(home)
    const login = home.start(['account', 'login', 'ada', '--no-keychain', '-vvv', '--debug'])
    const shown = await new Promise<string>((resolve) => {
      let text = ''
      login.child.stderr?.on('data', (octets: string) => {
        text += octets
        if (text.includes('Waiting')) resolve(text)
      })
    })
    traces.say('the browser', await visit(shown, provider.url))
    const { status, stdout, stderr } = await login.ended
    traces.say('account login', stdout + stderr)
    expect(status).toBe(0)
    expect(await everything(traces, home.directory)).toEqual(allDone)

    provider.refusing = true
    expect(await traces.run('sync', '-vvv', '--debug', '--json')).toBe(77)
    provider.onToken = (request) => ({
      status: 400,
      body: { error: 'invalid_client', error_description: JSON.stringify(request) },
    })
    expect(await traces.run('sync', '-vvv', '--debug')).toBe(77)
    expect(await traces.run('account', 'logout', 'nobody', '--debug')).toBe(66)

    const secrets = Array.from({ length: renewals }, (_, number) => [`access-${number}`, `refresh-${number}`]).flat()
    const forms = ['client', ...secrets].flatMap((name) => formsOf(`${canary}-${name}`, dovecot.port))
    const isItsOwn = (path: string): boolean => path === home.config || path.startsWith(home.access)
    expect(traces.findings([canary, ...forms], isItsOwn)).toEqual([])
    expect(readFileSync(home.config, 'utf8')).toContain(canary)
    expect(
      readdirSync(home.access).some((name) => readFileSync(join(home.access, name), 'latin1').includes(canary)),
    ).toBe(true)
  })
})
