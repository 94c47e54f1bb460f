import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { MailStore } from '../../src/demo/mail-store.ts'
import { findProgram, startDovecot } from '../servers/dovecot.ts'
import { PrivateKeyring, withoutKeyring } from '../servers/private-keyring.ts'
import { TokenServer } from '../servers/token-server.ts'
import { withoutDovecot } from '../servers/without-dovecot.ts'
import { redirectedProviders, visit } from '../support/redirected-providers.ts'
import { loginHome } from '../support/login-home.ts'
import type { CommandResult } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

async function demoServer() {
  const server = await startDemoServer({ store: new MailStore(), users: { ada: password } })
  onTestFinished(() => server.close())
  return server
}

const outcome = ({ status, stdout, stderr }: CommandResult): unknown => ({ status, stdout, stderr })

describe.skipIf(withoutKeyring)('an account with its password in the keychain', () => {
  test('logs in once, syncs, and logs out', async () => {
    const server = await demoServer()
    await using keyring = await PrivateKeyring.start()
    const { run } = loginHome({
      port: server.port,
      password: '{ keychain = true }',
      variables: keyring.environment,
    })
    const login = await run(['account', 'login', 'ada', '--password-stdin'], `${password}\n`)
    expect(outcome(login)).toEqual({
      status: 0,
      stdout: 'the password of ada at 127.0.0.1 is kept in the keychain\n',
      stderr: '',
    })
    expect((await run(['sync', '-q'])).status).toBe(0)
    expect(outcome(await run(['account', 'logout', 'ada', '--json']))).toEqual({
      status: 0,
      stdout: '{"v":1,"account":"ada","kind":"keychain","removed":true}\n',
      stderr: '',
    })
    const refused = await run(['sync', '-q'])
    expect([refused.status, refused.stderr]).toEqual([
      77,
      expect.stringContaining('the keychain holds no password for ada at 127.0.0.1'),
    ])
    expect(refused.stderr).toContain('mailmirror account login ada')
  })
})

describe('an account', () => {
  test('whose keychain is not there says why, and does not ask', async () => {
    const { run } = loginHome({
      port: 1,
      password: '{ keychain = true }',
      variables: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' },
    })
    const sync = await run(['sync', '-q'])
    expect([sync.status, sync.stderr]).toEqual([
      77,
      expect.stringMatching(/could not get the password from the keychain: (?:Could not connect|libsecret)/),
    ])
    const login = await run(['account', 'login', 'ada', '--password-stdin'], 'secret\n')
    expect([login.status, login.stderr]).toEqual([
      77,
      expect.stringMatching(/could not keep the password in the keychain: (?:Could not connect|libsecret)/),
    ])
  })

  test('without a password is not asked for it off a terminal', async () => {
    const { run } = loginHome({ port: 1, password: undefined })
    const { status, stderr } = await run(['sync', '-q'])
    expect([status, stderr]).toEqual([77, expect.stringContaining('account ada has no password')])
  })

  test.each([
    [
      ['account', 'login', 'ada'],
      '{ env = "X" }',
      'account ada has nothing to log in to: its password is taken from its env',
    ],
    [
      ['account', 'logout', 'ada'],
      undefined,
      'account ada has nothing to log in to: its password is asked for at every run',
    ],
    [['account', 'login', 'ada'], '{ keychain = true }', 'there is no terminal on which to ask for the password'],
    [
      ['account', 'login', 'ada', '--paste', '--device'],
      '{ oauth = "google" }',
      '--paste and --device are two ways to log in',
    ],
    [['account', 'login', 'ada', '--device'], '{ oauth = "google" }', 'Google does not grant access to mail by a code'],
  ])('is told what cannot be: %s with %s', async (args, source, message) => {
    const { run } = loginHome({ port: 1, password: source, extra: 'oauth-client = { id = "client" }' })
    const { status, stderr } = await run(args)
    expect([status, stderr]).toEqual([64, expect.stringContaining(message)])
  })
})

describe.skipIf(withoutDovecot)('an account at Google', () => {
  test('is granted access, syncs, is revoked and logs out', async () => {
    await using provider = await TokenServer.start()
    provider.givesIdTokens = false
    const tokens = { infoUrl: `${provider.url}/tokeninfo?access_token=`, mechanisms: 'xoauth2' } as const
    await using dovecot = await startDovecot({ tokens })
    const variables = redirectedProviders(temporaryDirectory(), provider.url)
    const extra = 'oauth-client = { id = "client", secret = "client secret" }'
    const {
      access: state,
      run,
      start,
    } = loginHome({ port: dovecot.port, password: '{ oauth = "google" }', variables, extra })

    const before = await run(['sync', '-q'])
    expect([before.status, before.stderr]).toEqual([
      77,
      expect.stringContaining('mailmirror account login ada --no-keychain'),
    ])

    const login = start(['account', 'login', 'ada', '--no-keychain'])
    const shown = await new Promise<string>((resolve) => {
      let text = ''
      login.child.stderr?.on('data', (octets: string) => {
        text += octets
        if (text.includes('Waiting')) resolve(text)
      })
    })
    expect(await visit(shown, provider.url)).toContain('You can close this window')
    const [file = ''] = (await login.ended.then(() => readdirSync(state))).filter((name) => name.endsWith('.json'))
    expect((await login.ended).stdout).toBe(`access to the mail of ada is kept in ${join(state, file)}\n`)
    expect(statSync(join(state, file)).mode & 0o777).toBe(0o600)

    expect((await run(['sync', '-q'])).status).toBe(0)

    provider.onToken = () => ({ status: 400, body: { error: 'invalid_grant' } })
    const revoked = await run(['sync', '--json'])
    expect([revoked.status, revoked.stdout]).toEqual([
      77,
      expect.stringContaining('could not get access to the mail of ada at Google: access was revoked or has expired'),
    ])
    expect(revoked.stdout).toContain('log in again: mailmirror account login ada')

    expect((await run(['account', 'logout', 'ada'])).stdout).toBe('access to the mail of ada is no longer kept\n')
    expect(readdirSync(state).filter((name) => name.endsWith('.json'))).toEqual([])
  })
})

/** A pseudo-terminal for the program; `script` is a part of Debian that is always there. */
const script = findProgram('script')

describe.skipIf(script === undefined)('a terminal', () => {
  test('is where a password is asked for before a sync, once, and not shown', async () => {
    const server = await demoServer()
    const { directory, config } = loginHome({ port: server.port, password: undefined })
    const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
    const command = `stty cols 80; '${process.execPath}' '${main}' -c '${config}' sync`
    const child = spawn(script ?? '', ['-qefc', command, '/dev/null'], {
      env: { PATH: '/usr/bin:/bin', HOME: directory, TERM: 'xterm' },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      const isAsked = text.includes('Password of')
      text += piece
      if (!isAsked && text.includes('Password of')) child.stdin.write(`${password}\r`)
    })
    const status = await new Promise((resolve) => child.on('close', resolve))
    expect(text).toContain('Password of ada (account ada)')
    expect(text).not.toContain(password)
    // Whoever draws hides the cursor first: nobody does before the question.
    expect(text.slice(0, text.indexOf('Password of')).split('\u001B[?25l')).toHaveLength(2)
    expect([status, text.match(/Password of/g)?.length]).toEqual([0, 1])
  })
})
