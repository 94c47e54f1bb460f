import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { succeeds } from '../store/child.ts'
import { homeAt, letterOf, mailOf } from '../support/mirrored-home.ts'
import { runCommand, startCommand } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { startShell } from '../support/start-shell.ts'
import { openTerminal } from '../support/terminal.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { Watching } from '../support/watching.ts'

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const dated = (subject: string, year: number): string => `Date: 01 Jan ${year} 00:00:00 +0000\r\n${letterOf(subject)}`

test('new mail is found by a search beside the watch, which ends with 143 when it is terminated', async () => {
  const mail = mailOf({ INBOX: [letterOf('first')], Archive: [letterOf('filed')] })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const home = homeAt(server.port)
  const watching = new Watching(home)
  await watching.next('account-finished')
  mail.append('INBOX', Buffer.from(`From: Zoe <zoe@example.org>\r\n${letterOf('Zanzibar \u001b[2J')}`))
  const told = await watching.next('new-mail')
  expect(told).toMatchObject({ v: 1, account: 'ada', mailbox: 'INBOX', from: 'Zoe' })
  expect((await home.run('search', '--count', 'zanzibar')).stdout).toBe('1\n')
  const beside = await home.run('sync', '-q')
  expect([beside.status, beside.stderr]).toEqual([75, expect.stringContaining('another mailmirror holds the store')])
  expect((await home.run('status')).stdout).toContain('2 mailboxes')
  const { status, stdout, stderr } = await watching.end('SIGTERM')
  expect([status, stderr]).toEqual([143, ''])
  expect(stdout.includes('\u001b')).toBe(false)
  expect(server.openConnections).toBe(0)
})

test('new mail is named whatever date it bears, beside mail from the future, and only once', async () => {
  const future = Array.from({ length: 30 }, (_, at) => dated(`future ${at}`, 2090))
  const mail = mailOf({ INBOX: future })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const watching = new Watching(homeAt(server.port))
  await watching.next('account-finished')
  mail.append('INBOX', Buffer.from(dated('old', 1999)))
  expect(await watching.next('new-mail')).toMatchObject({ subject: 'old' })
  mail.append('INBOX', Buffer.from(dated('new', 2026)))
  expect(await watching.next('new-mail')).toMatchObject({ subject: 'new' })
  expect((await watching.end('SIGTERM')).stdout.match(/"new-mail"/g)?.length).toBe(2)
})

test('a first pass is no news, also after a refused login and into another store, but what comes while it runs is', async () => {
  const mail = mailOf({ INBOX: [letterOf('old')] })
  mail.append('INBOX', Buffer.from(letterOf('first')), { internalDate: new Date(Date.UTC(2090, 0, 1)) })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  await using second = await startDemoServer({
    store: mailOf({ INBOX: [letterOf('older')] }),
    users: { ada: password },
  })
  const home = homeAt(server.port)
  const good = readFileSync(home.config, 'utf8')
  const own = good.slice(good.indexOf('[accounts.ada]'))
  const other = own.replaceAll('accounts.ada', 'accounts.bob').replace(/^port.*$/m, `port = ${second.port}`)
  writeFileSync(home.config, `${good}${other.replace(/^password.*$/m, 'password = { env = "WRONG" }')}`)
  const watching = new Watching(home, { WRONG: 'wrong' })
  await watching.told({ type: 'new-mail', account: 'ada', subject: 'first' })
  await watching.told({ type: 'account-state', account: 'bob', state: 'parked' })
  writeFileSync(home.config, `${good}${other}`)
  watching.command.child.kill('SIGHUP')
  await watching.next('config-reloaded')
  await watching.next('account-finished')
  writeFileSync(home.config, `store = "${join(home.home, 'other.db')}"\n${good.replace(/^store.*$/m, '')}`)
  watching.command.child.kill('SIGHUP')
  await watching.next('config-reloaded')
  await watching.next('account-finished')
  mail.append('INBOX', Buffer.from(letterOf('last')))
  await watching.told({ type: 'new-mail', subject: 'last' })
  const { stdout } = await watching.end('SIGTERM')
  const subjects = [...stdout.matchAll(/"new-mail".*"subject":"([a-z]+)"/g)].map(([, subject]) => subject)
  expect(subjects).toEqual(['first', 'first', 'last'])
})

test('SIGHUP reads the config anew: an account more is watched, a config that is wrong changes nothing', async () => {
  const mail = mailOf({ INBOX: [letterOf('first')] })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const home = homeAt(server.port)
  const watching = new Watching(home)
  await watching.next('account-finished')
  const before = readFileSync(home.config, 'utf8')
  appendFileSync(home.config, before.slice(before.indexOf('[accounts.ada]')).replaceAll('accounts.ada', 'accounts.bob'))
  watching.command.child.kill('SIGHUP')
  expect(await watching.next('config-reloaded')).toEqual({
    v: 1,
    type: 'config-reloaded',
    added: ['bob'],
    removed: [],
    changed: [],
  })
  expect(await watching.next('account-finished')).toMatchObject({ account: { name: 'bob', outcome: 'complete' } })
  appendFileSync(home.config, 'nonsense = 1\n')
  watching.command.child.kill('SIGHUP')
  expect(await watching.next('reload-failed')).toMatchObject({ error: { code: 'CONFIG_INVALID' } })
  expect((await watching.end('SIGINT')).status).toBe(130)
})

test('what a reload adds to a store is indexed, and a store that it needs no more is free for others', async () => {
  await using server = await startDemoServer({
    store: mailOf({ INBOX: [letterOf('first')] }),
    users: { ada: password },
  })
  await using second = await startDemoServer({
    store: mailOf({ INBOX: [letterOf('other')] }),
    users: { ada: password },
  })
  const home = homeAt(server.port)
  const watching = new Watching(home)
  await watching.told({ type: 'index-progressed', indexed: 1 })
  const before = readFileSync(home.config, 'utf8')
  const own = before.slice(before.indexOf('[accounts.ada]'))
  const other = own.replaceAll('accounts.ada', 'accounts.bob').replace(/^port.*$/m, `port = ${second.port}`)
  writeFileSync(home.config, `${before}${other}`)
  watching.command.child.kill('SIGHUP')
  await watching.told({ type: 'index-progressed', indexed: 2 })
  expect((await home.run('search', '--count', 'other')).stdout).toBe('1\n')
  const elsewhere = join(home.home, 'elsewhere.toml')
  writeFileSync(elsewhere, before, { mode: 0o600 })
  writeFileSync(home.config, before.replace('mail.db', 'other.db'))
  watching.command.child.kill('SIGHUP')
  await watching.told({ type: 'index-progressed', store: join(home.home, 'other.db') })
  expect((await runCommand(['-c', elsewhere, 'sync', '-q'])).status).toBe(0)
  expect((await watching.end('SIGTERM')).status).toBe(143)
})

test('a watch whose only account is refused ends with 77 and says why', async () => {
  await using server = await startDemoServer({ store: mailOf({}), users: { ada: 'another' } })
  const { status, stderr } = await homeAt(server.port).run('watch')
  expect([status, stderr]).toEqual([77, expect.stringContaining('mailmirror: ')])
})

test('off a terminal it writes lines, and redraws nothing', async () => {
  const mail = mailOf({ INBOX: [letterOf('first')] })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const command = startCommand(homeAt(server.port).args('watch'))
  await new Promise<void>((resolve) => {
    command.onLine = (line) => {
      if (line.startsWith('ada: complete')) resolve()
    }
  })
  command.child.kill('SIGTERM')
  const { stdout } = await command.ended
  expect(stdout.split('\n').map((line) => line.replaceAll(/\d+ (?:ms|B)/g, 'N'))).toEqual([
    'watching 1 account: ada',
    'ada/INBOX: 1 new message, N (N)',
    'ada: complete, 1 mailbox',
    '',
  ])
})

test('F08 a watch whose lines cannot be written ends and says so, not when it is ended days later', async () => {
  await using server = await startDemoServer({
    store: mailOf({ INBOX: [letterOf('first')] }),
    users: { ada: password },
  })
  const { config } = homeAt(server.port)
  const command = `'${process.execPath}' '${program}' -c '${config}' watch > /dev/full`
  const { status, stderr } = await startShell(command, { ADA_PASSWORD: password })
  expect([status, stderr]).toEqual([74, expect.stringContaining('could not write the output: ENOSPC')])
  expect(server.openConnections).toBe(0)
})

test.skipIf(!succeeds('script', '--version'))('on a terminal that cannot redraw it writes lines', async () => {
  await using server = await startDemoServer({ store: mailOf({ INBOX: [] }), users: { ada: password } })
  const { config, home } = homeAt(server.port)
  const terminal = openTerminal(
    `env TERM=dumb ADA_PASSWORD=${password} '${process.execPath}' '${program}' -c '${config}' watch`,
    home,
  )
  await terminal.shows('ada: complete, 1 mailbox\r\n')
  // Ctrl-C.
  await terminal.type('\u0003', '^C')
  expect(await terminal.ended).toBe(130)
})

test.skipIf(!succeeds('script', '--version'))(
  'Ctrl-Z gives the terminal back, and the screen comes again',
  async () => {
    await using server = await startDemoServer({ store: mailOf({ INBOX: [] }), users: { ada: password } })
    const { config, home } = homeAt(server.port)
    const command = `env ADA_PASSWORD=${password} '${process.execPath}' '${program}' -c '${config}' watch`
    const terminal = openTerminal(command, home)
    await terminal.shows('listening INBOX')
    // The system stops nobody there whom no shell could let go on.
    await terminal.type('\u001a', '\u001b[?1049l')
    await terminal.shows('listening INBOX')
    await terminal.type('q', '\u001b[?1049l')
    expect(await terminal.ended).toBe(0)
  },
)

test('whoever has started it as a service is told how it is', async () => {
  await using server = await startDemoServer({ store: mailOf({}), users: { ada: password } })
  const folder = temporaryDirectory()
  const told = join(folder, 'told')
  mkdirSync(join(folder, 'bin'))
  const program = join(folder, 'bin', 'systemd-notify')
  writeFileSync(program, `#!/bin/sh\nshift\nfor state; do echo "$state" >> ${told}; done\n`)
  chmodSync(program, 0o755)
  const variables = {
    PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
    NOTIFY_SOCKET: join(folder, 'socket'),
    WATCHDOG_USEC: '600000000',
  }
  const watching = new Watching(homeAt(server.port), variables)
  await watching.next('account-finished')
  expect((await watching.end('SIGTERM')).stderr).toBe('')
  const states = readFileSync(told, 'utf8').trim().split('\n')
  expect([states[0], states.includes('WATCHDOG=1'), states.at(-1)]).toEqual(['READY=1', true, 'STOPPING=1'])
})

test('a service manager that cannot be told is said once, and the watch goes on', async () => {
  await using server = await startDemoServer({ store: mailOf({}), users: { ada: password } })
  const watching = new Watching(homeAt(server.port), { PATH: '/nonexistent', NOTIFY_SOCKET: '/nonexistent/socket' })
  await watching.next('account-finished')
  const { status, stderr } = await watching.end('SIGTERM')
  expect([status, stderr.split('\n').length]).toEqual([143, 2])
  expect(stderr).toContain('systemd could not be told: ')
})

test('why a watch was slow is kept, and can be asked for as of a sync', async () => {
  await using server = await startDemoServer({ store: mailOf({ INBOX: [letterOf('one')] }), users: { ada: password } })
  server.faults.add({ when: { command: / UID FETCH /, nth: 1 }, action: { kind: 'delay', ms: 1500 } })
  const home = homeAt(server.port)
  const watching = new Watching(home)
  await watching.next('account-finished')
  await watching.end('SIGTERM')
  expect((await home.run('profile', 'list')).stdout).toContain(' watch ')
  expect((await home.run('profile', 'report')).stdout).toContain('UID FETCH')
  expect((await home.run('status', '--slow')).stdout).toContain('INBOX')
})

test('an account whose store somebody else holds is told, and taken in when it is free', async () => {
  await using server = await startDemoServer({ store: mailOf({ INBOX: [letterOf('one')] }), users: { ada: password } })
  const [home, other] = [homeAt(server.port), homeAt(server.port)]
  const holder = new Watching(other)
  await holder.next('account-finished')
  const own = readFileSync(home.config, 'utf8')
  const bob = own.slice(own.indexOf('[accounts.ada]')).replaceAll('accounts.ada', 'accounts.bob')
  appendFileSync(
    home.config,
    bob.replace('[accounts.bob]\n', `[accounts.bob]\nstore = ${JSON.stringify(other.store)}\n`),
  )
  const watching = new Watching(home)
  expect(await watching.next('account-state')).toMatchObject({
    account: 'bob',
    state: 'parked',
    error: { code: 'STORE_LOCKED' },
  })
  await watching.next('account-finished')
  await holder.end('SIGTERM')
  expect(await watching.next('config-reloaded')).toMatchObject({ added: ['bob'], removed: [], changed: [] })
  expect(await watching.next('account-finished')).toMatchObject({ account: { name: 'bob' } })
  expect((await watching.end('SIGTERM')).status).toBe(143)
})
