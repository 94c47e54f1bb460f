import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer, DemoServerOptions } from '../../src/demo/demo-server.ts'
import { DnsServer } from '../servers/dns-server.ts'
import { startScriptedSmtp } from '../servers/scripted-smtp.ts'
import { makeCertificate } from '../support/certificate.ts'
import { contentsOf, letterOf, mailOf, parsed } from '../support/mirrored-home.ts'
import { runCommand } from '../support/run-command.ts'
import type { CommandResult } from '../support/run-command.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { openTerminal } from '../support/terminal.ts'
import type { RunningTerminal } from '../support/terminal.ts'

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const authority = makeCertificate({ subject: 'Test Authority', isAuthority: true })
const good = makeCertificate({ issuer: authority })
const own = makeCertificate()
const secret = 'correct horse'
const email = 'ada@example.test'

interface World {
  readonly server: DemoServer
  readonly dns: DnsServer
  readonly home: string
  readonly config: string
  readonly caFile: string
  /** Holds the right password. */
  readonly secretFile: string
  /** Off a terminal. */
  readonly run: (...args: readonly string[]) => Promise<CommandResult>
  readonly open: (...args: readonly string[]) => RunningTerminal
}

/** A made-up domain whose SRV records name a server on this machine, which has two mailboxes. */
async function world(options: Partial<DemoServerOptions> = {}): Promise<World> {
  const store = mailOf({ INBOX: ['one', 'two', 'three'].map(letterOf), 'Archive/2026': [letterOf('old')] })
  const server = await startDemoServer({ store, users: { ada: secret, [email]: secret }, tls: good, ...options })
  onTestFinished(() => server.close())
  const dns = await DnsServer.start({
    records: { '_imaps._tcp.example.test': [{ type: 'SRV', port: server.port, target: 'localhost' }] },
  })
  onTestFinished(() => dns[Symbol.asyncDispose]())
  const home = temporaryDirectory()
  const config = join(home, 'config', 'config.toml')
  const caFile = join(home, 'ca.pem')
  writeFileSync(caFile, authority.cert)
  const secretFile = join(home, 'my secret')
  writeFileSync(secretFile, `${secret}\n`, { mode: 0o600 })
  const variables = { MAILMIRROR_DNS: dns.address, HOME: home, GOOD: secret, BAD: 'wrong' }
  const words = Object.entries(variables).map(([name, value]) => `${name}='${value}'`)
  return {
    server,
    dns,
    home,
    config,
    caFile,
    secretFile,
    run: (...args) => runCommand(['-c', config, ...args], variables),
    open: (...args) =>
      openTerminal(`env ${words.join(' ')} '${process.execPath}' '${program}' -c '${config}' ${args.join(' ')}`, home),
  }
}

const enter = '\r'
const down = '\u001b[B'

describe('at a terminal', () => {
  test('from an address to a first sync, past a certificate that nobody signed, a wrong password and no keychain', async () => {
    const { server, home, config, open } = await world({ tls: own })
    const terminal = open('account', 'add', email)
    await terminal.shows('Name for the account')
    // A host outside the domain, by unsigned DNS: agreed to by choosing it.
    await terminal.type(enter, 'Which IMAP server?')
    await terminal.shows(`localhost:${server.port} (TLS)`)
    await terminal.type(enter, 'it is signed by itself')
    await terminal.shows(own.fingerprint.slice(0, 30))
    await terminal.shows('trust this very certificate')
    await terminal.type(enter, 'How does mailmirror get the password?')
    await terminal.type(enter, 'Password?')
    await terminal.type(`wrong${enter}`, 'check `user` and the password')
    await terminal.shows('another password')
    expect(existsSync(config)).toBe(false)
    await terminal.type(enter, 'How does mailmirror get the password?')
    await terminal.type(enter, 'Password?')
    await terminal.type(`${secret}${enter}`, 'The keychain cannot be used')
    await terminal.shows('in a file that only you can read')
    await terminal.type(enter, 'Mirror it now?')
    await terminal.type(enter, 'Complete: 1 account, 2 mailboxes')
    expect(await terminal.ended).toBe(0)
    expect(readFileSync(config, 'utf8')).toBe(`[accounts.example]
email = "ada@example.test"

[accounts.example.imap]
host = "localhost"
port = ${server.port}
fingerprint = "${own.fingerprint}"
password = { file = "password-example" }
`)
    const kept = join(home, 'config', 'password-example')
    expect(readFileSync(kept, 'utf8')).toBe(`${secret}\n`)
    expect([config, kept, join(home, 'config')].map((path) => (statSync(path).mode & 0o777).toString(8))).toEqual([
      '600',
      '600',
      '700',
    ])
    expect(contentsOf(join(home, '.local/share/mailmirror/mail.db'))).toBe(4)
  })

  test('a wrong host is asked for again, another user name too', async () => {
    const { server, config, caFile, secretFile, open } = await world({ users: { ada: secret } })
    const terminal = open(
      'account',
      'add',
      email,
      '--name',
      'mine',
      '--imap',
      'localhost:1',
      '--ca-file',
      caFile,
      '--password-env',
      'BAD',
    )
    await terminal.shows('nothing listens there')
    await terminal.shows('name another server')
    await terminal.type(enter, 'IMAP server (host, or host:port)?')
    await terminal.type(`${'\u007f'.repeat(20)}localhost:${server.port}${enter}`, 'How is it protected?')
    await terminal.type(enter, 'check `user` and the password')
    await terminal.shows('another user name')
    await terminal.type(enter, 'How does mailmirror get the password?')
    await terminal.type(down + down + down + enter, 'Which variable?')
    await terminal.type(`GOOD${enter}`, 'check `user` and the password')
    await terminal.shows('another user name')
    await terminal.type(down + enter, 'User name?')
    await terminal.type(`${'\u007f'.repeat(20)}ada${enter}`, 'How does mailmirror get the password?')
    await terminal.type(down + enter, 'Which command prints it?')
    await terminal.type(`cat '${secretFile}'${enter}`, 'Mirror it now?')
    // Whoever leaves here has an account all the same.
    await terminal.type('\u0003', 'sync mine')
    expect(await terminal.ended).toBe(0)
    expect(readFileSync(config, 'utf8')).toBe(`[accounts.mine]
email = "ada@example.test"

[accounts.mine.imap]
host = "localhost"
port = ${server.port}
user = "ada"
ca-file = ${JSON.stringify(caFile)}
password = { command = ["cat", ${JSON.stringify(secretFile)}] }
`)
  })

  test('Ctrl-C at a question writes nothing and ends with 130', async () => {
    const { config, open } = await world()
    const terminal = open('account', 'add', email)
    await terminal.shows('Name for the account')
    await terminal.type('\u0003', 'interrupted')
    expect(await terminal.ended).toBe(130)
    expect(existsSync(config)).toBe(false)
  })
})

describe('without a terminal', () => {
  test('a host that unsigned DNS names outside the domain needs --yes', async () => {
    const { server, config, run, caFile } = await world()
    const refused = await run('account', 'add', email, '--password-env', 'GOOD', '--ca-file', caFile)
    expect(refused).toMatchObject({
      status: 64,
      stdout: '',
      stderr: `mailmirror: localhost:${server.port} (TLS), by SRV records of example.test, which is outside the domain of ada@example.test, and the DNS is not signed
  if it is right, use --yes, or name it: --imap localhost:${server.port}
`,
    })
    expect(existsSync(config)).toBe(false)
    const added = await run('account', 'add', email, '--password-env', 'GOOD', '--ca-file', caFile, '--yes')
    expect(added).toMatchObject({ status: 0, stderr: '' })
    expect(added.stdout).toContain('account example is in ')
    expect(added.stdout).toMatch(/Archive\/2026 +1\n/)
    expect(added.stdout).toMatch(/2 mailboxes, 4 messages, about \d+ B\nnext: .*sync example\n$/)
    expect((await run('sync', '-q')).status).toBe(0)
  })

  test('everything goes into one JSON object, and nothing else into the config', async () => {
    const { server, config, caFile, secretFile, run } = await world()
    mkdirSync(join(config, '..'), { mode: 0o700 })
    const before =
      '# mine\n[accounts.old] # the first\nemail = "me@example.org"\nimap = { host = "imap.example.org" }\n'
    writeFileSync(config, before, { mode: 0o640 })
    const place = `localhost:${server.port}`
    await using smtp = await startScriptedSmtp({
      extensions: ['AUTH PLAIN'],
      tls: { certificate: good.cert, key: good.key },
    })
    const where = ['--imap', place, '--smtp', `localhost:${smtp.port}`, '--ca-file', caFile, '--store', '~/own.db']
    const { status, stdout, stderr } = await run(
      'account',
      'add',
      email,
      '--json',
      '--name',
      'a b',
      '--password-command',
      `cat "${secretFile}"`,
      ...where,
    )
    expect(stdout).not.toContain(secret)
    expect([status, stderr]).toEqual([0, ''])
    expect(parsed(stdout)).toMatchObject({
      v: 1,
      config,
      account: {
        name: 'a b',
        email,
        imap: { host: 'localhost', port: server.port, security: 'tls', user: email, password: 'command' },
        smtp: { host: 'localhost', port: smtp.port, security: 'tls' },
      },
      mailboxes: [
        { path: 'INBOX', messages: 3 },
        { path: 'Archive/2026', messages: 1 },
      ],
    })
    expect(readFileSync(config, 'utf8')).toBe(`${before}
[accounts."a b"]
email = "ada@example.test"
store = "~/own.db"

[accounts."a b".imap]
host = "localhost"
port = ${server.port}
ca-file = ${JSON.stringify(caFile)}
password = { command = ["cat", ${JSON.stringify(secretFile)}] }

[accounts."a b".smtp]
host = "localhost"
port = ${smtp.port}
ca-file = ${JSON.stringify(caFile)}
`)
    expect(statSync(config).mode & 0o777).toBe(0o640)
    const login = Buffer.from(`\0${email}\0${secret}`).toString('base64')
    expect(smtp.commands).toContain(`AUTH PLAIN ${login}`)
  })

  test('a server that does not let one send is a warning: mail can be mirrored', async () => {
    const { server, config, caFile, run } = await world()
    await using smtp = await startScriptedSmtp({
      extensions: ['AUTH PLAIN'],
      tls: { certificate: good.cert, key: good.key },
      reply: (line) => (line.startsWith('AUTH') ? '535 5.7.8 no' : undefined),
    })
    const where = ['--imap', `localhost:${server.port}`, '--smtp', `localhost:${smtp.port}`, '--ca-file', caFile]
    const { status, stderr } = await run('account', 'add', email, '--password-env', 'GOOD', ...where)
    expect(status).toBe(0)
    expect(stderr).toContain('535 5.7.8 no: mail can be mirrored, but not sent.')
    expect(readFileSync(config, 'utf8')).toContain('[accounts.example.smtp]')
  })

  test.each([
    ['a wrong password', ['--password-env', 'BAD'], 77, ['AUTHENTICATIONFAILED', '`user` and the password']],
    ['no password', [], 64, ['nothing says where the password is', '--password-command']],
    ['a variable that is not there', ['--password-env', 'NONE'], 77, ['NONE']],
    ['two places', ['--password-env', 'GOOD', '--credential', 'x'], 64, ['more than one place', 'one of them']],
    ['a name that is none', ['--password-env', 'GOOD', '--name', 'a/b'], 64, ['may not hold "/"', '--name']],
    ['a command that is not closed', ['--password-command', 'a "b'], 64, ['a quote is not closed', 'as in a shell']],
  ])('%s is told, and nothing is written', async (...[, options, status, told]) => {
    const { server, config, caFile, run } = await world()
    const place = `localhost:${server.port}`
    const result = await run('account', 'add', email, '--imap', place, '--ca-file', caFile, ...options)
    expect(result).toMatchObject({ status, stdout: '' })
    for (const text of told) expect(result.stderr).toContain(text)
    expect(result.stderr).not.toContain(secret)
    expect(existsSync(config)).toBe(false)
  })

  test('a certificate that nobody trusts is told with what to do, and taken when it is pinned', async () => {
    const { server, run } = await world({ tls: own })
    const args = ['account', 'add', email, '--imap', `localhost:${server.port}`, '--password-env', 'GOOD']
    const refused = await run(...args)
    expect(refused.status).toBe(76)
    expect(refused.stderr).toContain(`use --fingerprint ${own.fingerprint}, or --ca-file PATH`)
    const digits = own.fingerprint.slice('sha256:'.length).toUpperCase().match(/../g)?.join(':') ?? ''
    expect(await run(...args, '--fingerprint', `sha256:${digits}`)).toMatchObject({ status: 0, stderr: '' })
  })

  test('a domain that nobody knows needs a word, and says whom was asked', async () => {
    const { dns, run } = await world()
    const { status, stderr } = await run('account', 'add', 'me@nowhere.test', '--password-env', 'GOOD')
    expect(status).toBe(64)
    expect(stderr).toContain('could not find the servers of me@nowhere.test\n')
    expect(stderr).toContain('  SRV records of nowhere.test: nothing\n')
    expect(stderr).toContain('  name them: --imap HOST[:PORT]\n')
    expect(dns.questions).toContain('SRV _imaps._tcp.nowhere.test')
  })

  test('a provider without IMAP says so', async () => {
    const { dns, run } = await world()
    const { status, stderr } = await run('account', 'add', 'me@tuta.com', '--password-env', 'GOOD')
    expect(status).toBe(64)
    expect(stderr).toContain('it offers no IMAP')
    expect(dns.questions).toEqual([])
  })

  test('--no-test connects to nothing and writes what it is told', async () => {
    const { server, config, run } = await world()
    const args = ['--imap', 'imap.example.test', '--password-file', 'secret', '--no-test']
    expect(await run('account', 'add', email, ...args)).toMatchObject({ status: 0, stderr: '' })
    expect(server.connections).toBe(0)
    expect(readFileSync(config, 'utf8')).toContain(`password = { file = "${process.cwd()}/secret" }`)
  })

  test('a config that others can write to is refused', async () => {
    const { config, run } = await world()
    mkdirSync(join(config, '..'), { mode: 0o777 })
    writeFileSync(config, '')
    chmodSync(config, 0o666)
    const { status, stderr } = await run(
      'account',
      'add',
      email,
      '--imap',
      'localhost',
      '--no-test',
      '--password-env',
      'X',
    )
    expect([status, stderr]).toEqual([78, expect.stringContaining('can be changed by other users')])
    expect(readFileSync(config, 'utf8')).toBe('')
  })
})
