import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer } from '../../src/demo/demo-server.ts'
import { takeRunLock } from '../../src/store/run-lock.ts'
import { homeAt, letterOf, mailOf, mirrorOf, parsed, placesOf } from '../support/mirrored-home.ts'
import type { Home } from '../support/mirrored-home.ts'
import { runCommand } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'

const mail = () => mailOf({ INBOX: ['one', 'two'].map(letterOf), Work: [] })

async function server(): Promise<DemoServer> {
  const started = await startDemoServer({ store: mail(), users: { ada: password } })
  onTestFinished(() => started.close())
  return started
}

const second = `
# of my friend
[accounts.bob] # keep
email = "bob@example.org"
store = "bob.db"
imap = { host = "127.0.0.1", port = 1, security = "none", password = { env = "BOB" } }
`

function addSecond({ config }: Home): string {
  const text = readFileSync(config, 'utf8') + second
  writeFileSync(config, text)
  return text
}

describe('account list', () => {
  test('has a row for each, without anything secret', async () => {
    const home = homeAt(1430)
    addSecond(home)
    const { status, stdout } = await home.run('account', 'list')
    expect(status).toBe(0)
    expect(stdout.split('\n')[0]).toMatch(/^account +address +server +password +store$/)
    expect(stdout).toMatch(/^ada +ada@example.org +127.0.0.1:1430 +env/m)
    expect(stdout).toMatch(/^bob +bob@example.org +127.0.0.1:1 +env/m)
    const json = parsed((await home.run('account', 'list', '--json')).stdout)
    expect(json).toMatchObject({
      v: 1,
      accounts: [
        { name: 'ada', imap: { host: '127.0.0.1', port: 1430, security: 'none', user: 'ada', password: 'env' } },
        { name: 'bob', store: join(home.home, 'bob.db') },
      ],
    })
  })
})

describe('account test', () => {
  test('logs in and says what is there', async () => {
    const { port } = await server()
    const { run } = homeAt(port)
    const { status, stdout, stderr } = await run('account', 'test', 'ada')
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(
      new RegExp(
        String.raw`^logged in to 127\.0\.0\.1:${port} \(no TLS\) as ada\n(?:server .*\n)?capabilities  .*IMAP4REV1[^]*\nmailbox  messages\nINBOX +2\nWork +0\n2 mailboxes, 2 messages, about \d+ B\n$`,
      ),
    )
    const json = parsed((await run('account', 'test', 'ada', '--json')).stdout)
    expect(json).toMatchObject({
      account: { name: 'ada' },
      mailboxes: [
        { path: 'INBOX', messages: 2 },
        { path: 'Work', messages: 0 },
      ],
    })
  })

  test('ends as the login does, and knows no other name', async () => {
    const { port } = await server()
    const { args, run } = homeAt(port)
    expect(await runCommand(args('account', 'test', 'ada'), { ADA_PASSWORD: 'no' })).toMatchObject({ status: 77 })
    expect(await run('account', 'test', 'eve')).toMatchObject({ status: 66, stdout: '' })
    expect(await homeAt().run('account', 'test', 'ada')).toMatchObject({ status: 69 })
  })
})

describe('account rename', () => {
  test('changes the name in config and store: nothing is fetched again', async () => {
    const home = await mirrorOf(mail())
    const before = addSecond(home)
    const places = placesOf(home.store)
    expect(await home.run('account', 'rename', 'ada', 'my mail')).toMatchObject({
      status: 0,
      stdout: 'ada is now my mail; its mirror has followed\n',
      stderr: '',
    })
    expect(readFileSync(home.config, 'utf8')).toBe(before.replaceAll('accounts.ada', 'accounts."my mail"'))
    expect(placesOf(home.store)).toEqual(places)
    const states = parsed((await home.run('status', '--json')).stdout)
    expect(states).toMatchObject({
      accounts: [{ name: 'my mail', mailboxes: [{ path: 'INBOX', messages: 2 }, {}] }, {}],
    })
    expect((await home.run('verify', '-q', 'my mail')).status).toBe(0)
  })

  test('goes on where it was interrupted between store and config', async () => {
    const home = await mirrorOf(mail())
    const before = readFileSync(home.config, 'utf8')
    await home.run('account', 'rename', 'ada', 'eve')
    writeFileSync(home.config, before)
    expect(await home.run('account', 'rename', 'ada', 'eve', '--json')).toMatchObject({ status: 0, stderr: '' })
    expect(readFileSync(home.config, 'utf8')).toBe(before.replaceAll('accounts.ada', 'accounts.eve'))
    expect(parsed((await home.run('status', '--json')).stdout)).toMatchObject({ accounts: [{ mailboxes: [{}, {}] }] })
  })

  test('is refused while a sync runs, for a name that is taken, and for none', async () => {
    const home = await mirrorOf(mail())
    const before = addSecond(home)
    expect(await home.run('account', 'rename', 'ada', 'bob')).toMatchObject({ status: 64 })
    expect(await home.run('account', 'rename', 'ada', 'a/b')).toMatchObject({ status: 64 })
    expect(await home.run('account', 'rename', 'eve', 'x')).toMatchObject({ status: 66 })
    {
      using _lock = takeRunLock(home.store, { allowNetwork: true }, 'now')
      expect(await home.run('account', 'rename', 'ada', 'eve')).toMatchObject({ status: 75 })
    }
    expect(readFileSync(home.config, 'utf8')).toBe(before)
  })

  test('is taken back in the store where the config cannot be written', async () => {
    const home = await mirrorOf(mail())
    // No name is left for the new file, which would stand beside it under a longer one.
    const long = join(home.home, 'c'.repeat(240))
    writeFileSync(long, readFileSync(home.config), { mode: 0o600 })
    expect(await runCommand(['-c', long, 'account', 'rename', 'ada', 'eve'])).toMatchObject({ status: 74 })
    const states = parsed((await home.run('status', '--json')).stdout)
    expect(states).toMatchObject({ accounts: [{ name: 'ada', mailboxes: [{ messages: 2 }, {}] }] })
  })
})

describe('account remove', () => {
  test('takes its lines out and keeps the mirror, and says so', async () => {
    const home = await mirrorOf(mail())
    addSecond(home)
    const { status, stdout } = await home.run('account', 'remove', 'ada')
    expect([status, stdout]).toEqual([
      0,
      `ada is out of ${home.config}; what was mirrored of it stays in ${home.store}\n`,
    ])
    expect(readFileSync(home.config, 'utf8')).toBe(`store = ${JSON.stringify(home.store)}\n${second}`)
    expect(placesOf(home.store)).toHaveLength(2)
  })

  test('of the last one leaves a config without accounts, to which one can be added', async () => {
    const home = homeAt()
    expect(await home.run('account', 'remove', 'ada', '--json')).toMatchObject({ status: 0, stderr: '' })
    expect(await home.run('sync')).toMatchObject({ status: 78 })
    const args = ['account', 'add', 'eve@example.org', '--imap', 'localhost', '--password-env', 'X', '--no-test']
    expect(await home.run(...args)).toMatchObject({ status: 0 })
    expect(await home.run('config', 'check')).toMatchObject({ status: 0 })
  })

  test('deletes the mirror when it is told to, with all that belongs to it', async () => {
    const home = await mirrorOf(mail())
    expect(await home.run('account', 'remove', 'ada', '--delete-mirror')).toMatchObject({ status: 64 })
    expect(existsSync(home.store)).toBe(true)
    const { status, stdout } = await home.run('account', 'remove', 'ada', '--delete-mirror', '--yes')
    expect([status, stdout]).toEqual([0, `ada is out of ${home.config}; its store ${home.store} is deleted\n`])
    expect(readdirSync(home.home)).toEqual(['config.toml'])
  })

  test('does not delete a store that holds the mirror of another account', async () => {
    const home = await mirrorOf(mail())
    const before = addSecond(home).replace('store = "bob.db"', '')
    writeFileSync(home.config, before)
    expect(await home.run('account', 'remove', 'ada', '--delete-mirror', '--yes')).toMatchObject({ status: 64 })
    // Nobody uses it any more, but it still has the mirror of one.
    writeFileSync(
      home.config,
      before.replaceAll('accounts.ada', 'accounts.eve').replace('email = "bob', 'store = "x"\nemail = "bob'),
    )
    const { status, stderr } = await home.run('account', 'remove', 'eve', '--delete-mirror', '--yes')
    expect([status, stderr]).toEqual([64, expect.stringContaining('also holds the mirror of ada')])
    expect(placesOf(home.store)).toHaveLength(2)
  })
})

test('a config behind a link is changed where it lies, and keeps its mode', async () => {
  const home = homeAt()
  const link = join(home.home, 'link.toml')
  symlinkSync(home.config, link)
  addSecond(home)
  chmodSync(home.config, 0o644)
  expect(await runCommand(['-c', link, 'account', 'remove', 'ada'])).toMatchObject({ status: 0 })
  expect(readFileSync(home.config, 'utf8')).not.toContain('ada@')
  expect([(statSync(home.config).mode & 0o777).toString(8), existsSync(link)]).toEqual(['644', true])
})
