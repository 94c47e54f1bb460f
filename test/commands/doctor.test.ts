import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer, DemoServerOptions } from '../../src/demo/demo-server.ts'
import { openMirrorStore } from '../../src/store/sqlite-mirror-store.ts'
import { checksOf, found } from '../doctor/doctor-home.ts'
import { makeCertificate } from '../support/certificate.ts'
import { homeAt, letterOf, mailOf, mirrorOf, parsed } from '../support/mirrored-home.ts'
import type { Home } from '../support/mirrored-home.ts'
import { runCommand } from '../support/run-command.ts'
import type { CommandResult } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { canMount, smallFileSystem } from '../support/small-file-system.ts'

const mail = () => mailOf({ INBOX: [letterOf('one'), letterOf('two')] })

async function serve(options: Partial<DemoServerOptions> = {}): Promise<DemoServer> {
  const server = await startDemoServer({ store: mail(), users: { ada: password }, ...options })
  onTestFinished(() => server.close())
  return server
}

/** A home that has been synced, and its server, which goes on. */
async function synced(): Promise<{ readonly home: Home; readonly server: DemoServer }> {
  const server = await serve()
  const home = homeAt(server.port)
  expect(await home.run('sync', '-q')).toMatchObject({ status: 0 })
  return { home, server }
}

const edit = (path: string, change: (text: string) => string): void =>
  writeFileSync(path, change(readFileSync(path, 'utf8')))

const bad = (result: CommandResult): readonly string[] =>
  checksOf(result).flatMap(({ check, state }) => (state === 'bad' ? [check] : []))

const remedies = (result: CommandResult): readonly (string | undefined)[] =>
  checksOf(result).flatMap(({ state, remedy }) => (state === 'bad' ? [remedy] : []))

describe('doctor', () => {
  test('has nothing to mend after a sync, and each check says what it is about', async () => {
    const { home } = await synced()
    const result = await home.run('doctor', '--json')
    expect(result).toMatchObject({ status: 0, stderr: '' })
    expect(parsed(result.stdout)).toMatchObject({ v: 1, ok: true })
    const names = (account: string | undefined): string =>
      checksOf(result)
        .filter((one) => one.account === account && one.check !== 'environment')
        .map(({ check }) => check)
        .join(' ')
    expect(names(undefined)).toBe('node sqlite config clock schedule disk modes store index lock')
    expect(names('ada')).toBe('sync complete password dns tcp tls login capabilities limits room probe')
    expect(found(result, 'complete')).toEqual(['good 1 mailbox, 2 messages, all complete'])
  })

  test('only reads, and shows no password', async () => {
    const { home, server } = await synced()
    const from = server.commands.length
    const { stdout } = await home.run('doctor', '-v')
    expect(stdout).not.toContain(password)
    const words = server.commands.slice(from).map(({ line }) => line.split(' ').slice(1, 3).join(' '))
    const allowed = /^(?:ID|AUTHENTICATE|CAPABILITY|NAMESPACE|LIST|STATUS|EXAMINE|UID SEARCH|UID FETCH|LOGOUT|ENABLE)\b/
    expect(words.filter((word) => !allowed.test(word))).toEqual([])
    expect(words.length).toBeGreaterThan(10)
  })

  test('makes no store, and works without one', async () => {
    const server = await serve()
    const home = homeAt(server.port)
    const result = await home.run('doctor', '--json')
    expect(result.status).toBe(0)
    expect(found(result, 'store')).toEqual(['note there is no store yet: the first sync makes it'])
    expect(found(result, 'room')).toEqual([
      'good 1 mailbox, 2 messages on the server; 2 messages to fetch, some 180 kB if they are of usual size',
    ])
    expect(readdirSync(home.home)).toEqual(['config.toml'])
  })

  test('--offline asks no server', async () => {
    const { home, server } = await synced()
    const { connections } = server
    expect(await home.run('doctor', '--offline', '-q')).toMatchObject({ status: 0 })
    expect(server.connections).toBe(connections)
  })

  test('says what is wrong with a password, a host, a port; and goes no further there', async () => {
    const { home, server } = await synced()
    const rejected = await runCommand(home.args('doctor', '--json'), { ADA_PASSWORD: 'other' })
    expect({ status: rejected.status, bad: bad(rejected) }).toEqual({ status: 1, bad: ['login'] })
    const without = await runCommand(home.args('doctor', '--json'), { ADA_PASSWORD: '' })
    expect(bad(without)).toEqual(['password'])
    edit(home.config, (text) => text.replace(String(server.port), '1'))
    expect(bad(await home.run('doctor', '--json'))).toEqual(['tcp'])
    edit(home.config, (text) => text.replace('"127.0.0.1"', '"imap.nowhere.invalid"').replace('"none"', '"tls"'))
    const nowhere = await home.run('doctor', '--json')
    expect(bad(nowhere)).toEqual(['dns'])
    expect(found(nowhere, 'dns')[0]).toContain('imap.nowhere.invalid')
  })

  test('refuses a config that others can write, and believes nothing in it', async () => {
    const { home, server } = await synced()
    chmodSync(home.config, 0o666)
    const { connections } = server
    const result = await home.run('doctor', '--json')
    expect({ status: result.status, bad: bad(result), remedies: remedies(result) }).toEqual({
      status: 1,
      bad: ['config'],
      remedies: [`chmod 600 ${home.config}`],
    })
    expect(server.connections).toBe(connections)
    chmodSync(home.config, 0o644)
    const readable = await home.run('doctor', '--json', '--offline')
    expect(readable.status).toBe(0)
    expect(found(readable, 'config')[1]).toMatch(/^note .* can be read by other users; it holds no secret$/)
  })

  test('goes on with what is good in a config that is broken', async () => {
    const { home } = await synced()
    edit(home.config, (text) => `${text}\n[accounts.bob]\nemail = "nobody"\n`)
    const result = await home.run('doctor', '--json')
    expect({ status: result.status, bad: bad(result) }).toEqual({ status: 1, bad: ['config'] })
    expect(found(result, 'login')).toEqual(['good ada is logged in'])
    edit(home.config, () => 'accounts = [')
    expect(bad(await home.run('doctor', '--json'))).toEqual(['config'])
  })

  test('ends with 78 without a config, 66 for an account that is none, 64 for what makes no sense', async () => {
    const home = homeAt()
    expect((await runCommand(['-c', join(home.home, 'none.toml'), 'doctor'])).status).toBe(78)
    expect((await home.run('doctor', 'bob')).status).toBe(66)
    expect((await home.run('doctor', 'ada/INBOX')).status).toBe(64)
    expect((await home.run('doctor', '--probe', '--offline')).status).toBe(64)
  })

  test('names modes that are too wide, each with the command that mends it', async () => {
    const { home } = await synced()
    const folder = dirname(home.store)
    chmodSync(home.store, 0o644)
    const result = await home.run('doctor', '--json', '--offline')
    expect({ bad: bad(result), remedies: remedies(result) }).toEqual({
      bad: ['modes'],
      remedies: [`chmod 600 ${home.store}`],
    })
    chmodSync(home.store, 0o600)
    chmodSync(folder, 0o755)
    const listable = await home.run('doctor', '--json', '--offline')
    expect(listable.status).toBe(0)
    expect(found(listable, 'modes')[0]).toMatch(/^note .*other users can list the folder \(mode 0755\)$/)
  })

  test('tells a damaged store, a foreign file and a link that leads nowhere apart', async () => {
    const home = await mirrorOf(mail())
    const { size } = statSync(home.store)
    writeFileSync(home.store, Buffer.concat([readFileSync(home.store).subarray(0, 40_000), Buffer.alloc(size, 0xa5)]))
    const damaged = await home.run('doctor', '--json', '--offline')
    expect(found(damaged, 'store')[0]).toMatch(/^bad .*damaged/)
    writeFileSync(home.store, 'no database')
    expect(found(await home.run('doctor', '--json', '--offline'), 'store')[0]).toContain('no SQLite database')
    const linked = homeAt()
    symlinkSync('/nonexistent/mail.db', linked.store)
    const dangling = await linked.run('doctor', '--json', '--offline')
    expect({ bad: bad(dangling), text: found(dangling, 'store') }).toEqual({
      bad: ['store'],
      text: [`bad the store ${linked.store} is a symbolic link that leads nowhere`],
    })
  })

  test('names who holds the store, beside whom it works', async () => {
    const { home } = await synced()
    const store = await openMirrorStore({
      path: home.store,
      allowNetwork: true,
      version: '0.0.0',
      threadUrl: new URL('../../dist/writer-thread.js', import.meta.url),
    })
    try {
      const result = await home.run('doctor', '--json')
      expect(result.status).toBe(0)
      expect(found(result, 'lock')[0]).toMatch(new RegExp(`^note process ${process.pid} \\(.+\\) on .+ since 2`))
      expect(found(result, 'probe')[0]).toMatch(/^good the server keeps what it says \(probed \d{4}-\d\d-\d\d\)$/)
    } finally {
      await store.close()
    }
  })

  test('says that SQLite cannot be loaded, once, and looks at the rest', async () => {
    const { home } = await synced()
    const result = await runCommand(home.args('doctor', '--json'), { NODE_OPTIONS: '--no-addons' })
    expect({ status: result.status, bad: bad(result) }).toEqual({ status: 1, bad: ['sqlite'] })
    expect(found(result, 'environment')).toContain('note NODE_OPTIONS is set to --no-addons')
    expect(found(result, 'login')).toEqual(['good ada is logged in'])
  })

  test('sees a clock that stands before what the store has recorded, and a mailbox that is not complete', async () => {
    const { home } = await synced()
    const facts = new Sqlite(home.store)
    facts.prepare('UPDATE run SET ended_at = ended_at + 86400000').run()
    facts.prepare(`UPDATE mailbox SET trouble = 'the server lost it'`).run()
    facts.close()
    const result = await home.run('doctor', '--json', '--offline')
    expect({ status: result.status, bad: bad(result) }).toEqual({ status: 1, bad: ['clock', 'complete'] })
    expect(found(result, 'clock')[0]).toMatch(/^bad the clock says .+, but the store was last written at /)
    expect(found(result, 'complete')).toEqual(['bad INBOX is not complete: the server lost it'])
  })

  test('asks nothing of mailboxes that the config leaves out', async () => {
    const server = await serve({ store: mailOf({ INBOX: [letterOf('one')], Junk: [letterOf('two')] }) })
    const home = homeAt(server.port)
    edit(home.config, (text) => text.replace('[accounts.ada.imap]', 'mailboxes = { exclude = ["Junk"] }\n$&'))
    expect(await home.run('sync', '-q')).toMatchObject({ status: 0 })
    const result = await home.run('doctor', '--json')
    expect({ status: result.status, complete: found(result, 'complete'), room: found(result, 'room') }).toEqual({
      status: 0,
      complete: ['good 1 mailbox, 1 message, all complete'],
      room: ['good 1 mailbox, 1 message on the server; the mirror has as many'],
    })
  })

  test('looks at many accounts with no more connections than the config allows', async () => {
    const server = await serve({ maxConnections: 2 })
    const home = homeAt(server.port)
    const one = readFileSync(home.config, 'utf8').replace(/^.*\n/, '')
    const accounts = Array.from({ length: 6 }, (_, index) => one.replaceAll('accounts.ada', `accounts.ada${index}`))
    writeFileSync(home.config, `connections = 2\nstore = ${JSON.stringify(home.store)}\n${accounts.join('')}`)
    expect(await home.run('sync', '-q')).toMatchObject({ status: 0 })
    const result = await home.run('doctor', '--json')
    expect({ status: result.status, logins: found(result, 'login').length }).toEqual({ status: 0, logins: 6 })
    expect(new Set(found(result, 'probe')).size).toBe(1)
    expect(found(result, 'probe')[0]).toMatch(/^good .* and bears 2 connections at once$/)
  })

  test.skipIf(!canMount)('says that a disk is full', async () => {
    const server = await serve()
    const home = homeAt(server.port)
    const folder = smallFileSystem(1_000_000)
    edit(home.config, (text) => text.replace(home.store, join(folder, 'mail.db')))
    const result = await home.run('doctor', '--json')
    expect(bad(result)).toEqual(['disk'])
    expect(existsSync(join(folder, 'mail.db'))).toBe(false)
  })

  test('sees what schedules there are', async () => {
    const { home } = await synced()
    const wants = join(home.home, 'systemd/user/timers.target.wants')
    const started = join(home.home, 'systemd/user/default.target.wants')
    for (const folder of [wants, started]) mkdirSync(folder, { recursive: true })
    writeFileSync(join(wants, 'mailmirror.timer'), '')
    for (const name of ['mailmirror-watch.service', 'other.service']) writeFileSync(join(started, name), '')
    const programs = join(home.home, 'bin')
    mkdirSync(programs)
    writeFileSync(
      join(programs, 'crontab'),
      '#!/bin/sh\necho "# 1 2 3 4 5 mailmirror sync"\necho "17 */2 * * * nice mailmirror sync -q"\n',
      { mode: 0o755 },
    )
    const variables = { XDG_CONFIG_HOME: home.home, PATH: `${programs}:/bin` }
    const result = await runCommand(home.args('doctor', '--json', '--offline'), variables)
    expect(found(result, 'schedule')).toEqual([
      'good crontab runs mailmirror: 17 */2 * * *',
      `good ${join(wants, 'mailmirror.timer')} runs mailmirror`,
      `good ${join(started, 'mailmirror-watch.service')} runs mailmirror`,
    ])
  })
})

describe('doctor looks at a certificate', () => {
  const day = 24 * 60 * 60_000
  const authority = makeCertificate({ subject: 'Example CA', isAuthority: true })

  async function tlsOf(
    options: Parameters<typeof makeCertificate>[0],
    security = 'tls',
    trusts = true,
  ): Promise<CommandResult> {
    const { key, cert } = makeCertificate({ issuer: authority, ...options })
    const extensions = security === 'starttls' ? { STARTTLS: true } : {}
    const server = await serve({ tls: { key, cert: cert + authority.cert }, extensions })
    const home = homeAt(server.port)
    const trusted = join(home.home, 'ca.pem')
    writeFileSync(trusted, authority.cert)
    edit(home.config, (text) => text.replace('"none"', `"${security}"`) + (trusts ? 'ca-file = "ca.pem"\n' : ''))
    return home.run('doctor', '--json')
  }

  test.each(['tls', 'starttls'])('that is good, by %s', async (security) => {
    const result = await tlsOf({}, security)
    expect(result.status).toBe(0)
    expect(found(result, 'tls')).toEqual(['good TLSv1.3, certificate of localhost by Example CA, good for 364 days'])
    expect(found(result, 'login')).toEqual(['good ada is logged in'])
  })

  test('that ends soon', async () => {
    const result = await tlsOf({ notAfter: new Date(Date.now() + 5.5 * day) })
    expect(result.status).toBe(0)
    expect(found(result, 'tls')).toEqual(['note TLSv1.3, certificate of localhost by Example CA ends in 5 days'])
  })

  const untrusted: readonly {
    readonly why: string
    readonly remedy: string
    readonly options: Parameters<typeof makeCertificate>[0]
    readonly trusts: boolean
  }[] = [
    {
      why: 'has expired',
      remedy: 'renew',
      options: { notBefore: new Date(Date.now() - 9 * day), notAfter: new Date(Date.now() - day) },
      trusts: true,
    },
    { why: 'not valid yet', remedy: 'clock', options: { notBefore: new Date(Date.now() + day) }, trusts: true },
    {
      why: 'was made for another name',
      remedy: 'fingerprint = "sha256:',
      options: { names: ['other.example.org'], addresses: [] },
      trusts: true,
    },
    {
      why: 'chain ends in a certificate that is signed by itself',
      remedy: 'fingerprint = "sha256:',
      options: {},
      trusts: false,
    },
  ]

  test.each(untrusted)('that is not to be trusted: $why', async ({ why, options, trusts, remedy }) => {
    const result = await tlsOf(options, 'tls', trusts)
    expect({ status: result.status, bad: bad(result) }).toEqual({ status: 1, bad: ['tls'] })
    expect(found(result, 'tls')[0]).toContain(why)
    expect(remedies(result)[0]).toContain(remedy)
    expect(found(result, 'login')).toEqual([])
  })
})
