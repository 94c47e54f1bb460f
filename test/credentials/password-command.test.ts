import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { SecretSource } from '../../src/model/account.ts'
import { failureOf, never, nodeCommand, openPasswords, Roll } from './temporary-secrets.ts'
import { TemporaryDirectory } from '../support/temporary-directory.ts'

const ask = async (source: SecretSource, variables: Readonly<Record<string, string>> = {}): Promise<string> =>
  openPasswords({ variables }).password(source, never)

const failed = 'SECRET_UNAVAILABLE could not get the password from the command "NODE": '

/** Reports to the roll at argv[1], as does a child of its own; neither ends by itself. */
const twoThatStay = `
  const { connect } = require('node:net')
  connect(process.argv[1])
  require('node:child_process').spawn(process.execPath,
    ['-e', "require('node:net').connect(process.argv[1])", '--', process.argv[1]], { stdio: 'inherit' })`

/** Prints what looks like a password, complains, and fails. */
const complain = (text: string): SecretSource =>
  nodeCommand('console.error(process.argv[1]); console.log("canary"); process.exitCode = 2', text)

const run = async (program: string): Promise<string> => failureOf(ask({ kind: 'command', argv: [program, 'canary'] }))

describe('a password from a command', () => {
  test.each([
    ['pass word\n', 'pass word'],
    ['pass', 'pass'],
    ['pass\r\nuser: me\n', 'pass'],
    [' påss \nurl: example.org\n\n', ' påss '],
  ])('is the first line of what it prints: %j', async (printed, password) => {
    expect(await ask(nodeCommand('process.stdout.write(process.argv[1])', printed))).toBe(password)
  })

  test.each([
    ['', 'it is empty'],
    ['\ncanary\n', 'it is empty'],
    ['can\0ary\n', 'it holds a line break or a NUL'],
    ['can\rary\n', 'it holds a line break or a NUL'],
  ])('is refused when the first line cannot be one: %j', async (printed, why) => {
    const source = nodeCommand(`process.stdout.write(${JSON.stringify(printed)})`)
    expect(await failureOf(ask(source))).toBe(`${failed}${why}`)
  })

  test('that is not UTF-8 is refused', async () => {
    const source = nodeCommand("process.stdout.write(Buffer.from('can\\xe4ry', 'latin1'))")
    expect(await failureOf(ask(source))).toBe(`${failed}it is not UTF-8`)
  })

  test('gets its arguments as they are, without a shell (S28)', async () => {
    using directory = new TemporaryDirectory()
    const planted = join(directory.path, 'planted')
    const hostile = `$(touch ${planted}) \`touch ${planted}\` ; touch ${planted} | "' * ~ \\ $HOME`
    expect(await ask(nodeCommand('console.log(process.argv[1])', hostile))).toBe(hostile)
    expect(existsSync(planted)).toBe(false)
  })

  test('inherits no variable but those that it needs (S07)', async () => {
    const variables = {
      PATH: '/usr/bin:/bin',
      HOME: '/home/alice',
      LC_ALL: 'C',
      XDG_RUNTIME_DIR: '/run/user/1',
      GNUPGHOME: '/gpg',
      MAIL_PASSWORD: 'canary',
      NODE_OPTIONS: '--no-deprecation',
      LD_PRELOAD: '',
      LC_X1: 'canary',
    }
    const source = nodeCommand('console.log(Object.keys(process.env).sort().join())')
    expect(await ask(source, variables)).toBe('GNUPGHOME,HOME,LC_ALL,PATH,XDG_RUNTIME_DIR')
    const proc = nodeCommand(
      "console.log(require('node:fs').readFileSync('/proc/self/environ', 'latin1').includes('canary'))",
    )
    expect(existsSync('/proc/self/environ') ? await ask(proc, variables) : 'false').toBe('false')
  })

  test('finds nothing on its input', async () => {
    const source = nodeCommand("process.stdin.on('data', () => {}).on('end', () => console.log('at its end'))")
    expect(await ask(source)).toBe('at its end')
  })

  test('that fails is told by its exit status and its last complaint, made safe (S14)', async () => {
    expect(await failureOf(ask(complain('')))).toBe(`${failed}exit status 2`)
    expect(await failureOf(ask(complain('gpg: encrypted\ngpg: no secret key\n\n')))).toBe(
      `${failed}exit status 2: gpg: no secret key`,
    )
    expect(await failureOf(ask(complain('a\u001b[2J\u202eb')))).toBe(`${failed}exit status 2: a?[2J?b`)
    expect(await failureOf(ask(complain('x'.repeat(70_000))))).toBe(`${failed}exit status 2: ${'x'.repeat(200)}…`)
    expect(await failureOf(ask(complain('+ echo canary')))).toBe(`${failed}exit status 2`)
  })

  test('that is killed is told so', async () => {
    const source = nodeCommand(
      'console.log("canary"); process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1e6)',
    )
    expect(await failureOf(ask(source))).toBe(`${failed}it was ended by SIGTERM`)
  })

  test('that cannot be run is told why', async () => {
    using directory = new TemporaryDirectory()
    const none = join(directory.path, 'none')
    const plain = directory.write('plain', 'canary')
    expect([await run(none), await run(plain), await run('a\0b')]).toEqual([
      `SECRET_UNAVAILABLE could not get the password from the command "${none}": spawn ${none} ENOENT`,
      `SECRET_UNAVAILABLE could not get the password from the command "${plain}": spawn ${plain} EACCES`,
      expect.stringContaining('SECRET_UNAVAILABLE could not get the password from the command "a\\u0000b": '),
    ])
  })

  test('that prints without end is ended (S28)', async () => {
    using directory = new TemporaryDirectory()
    await using roll = await Roll.open(join(directory.path, 'roll'))
    const source = nodeCommand(
      `require('node:net').connect(process.argv[1]).on('connect', () => {
         const octets = Buffer.alloc(1 << 20, 'canary')
         const print = () => { while (process.stdout.write(octets)); process.stdout.once('drain', print) }
         print()
       })`,
      roll.path,
    )
    expect(await failureOf(ask(source))).toBe(`${failed}it printed more than 64 KiB`)
    await roll.present(1)
    await roll.allDead()
  })

  test('that hangs is ended with all its processes when its time is up (S28)', async () => {
    using directory = new TemporaryDirectory()
    await using roll = await Roll.open(join(directory.path, 'roll'))
    const secrets = openPasswords({ variables: {}, commandLimitMs: 1500 })
    expect(await failureOf(secrets.password(nodeCommand(twoThatStay, roll.path), never))).toBe(
      `${failed}it took longer than 1.5 s`,
    )
    await roll.allDead()
  })

  test('is ended with all its processes when the signal fires', async () => {
    using directory = new TemporaryDirectory()
    await using roll = await Roll.open(join(directory.path, 'roll'))
    const interruption = new AbortController()
    const secrets = openPasswords({ variables: {} })
    const outcome = failureOf(secrets.password(nodeCommand(twoThatStay, roll.path), interruption.signal))
    await roll.present(2)
    interruption.abort()
    expect(await outcome).toBe('INTERRUPTED interrupted while waiting for a password')
    await roll.allDead()
  })

  test('counts although an agent that it started keeps its output open', async () => {
    using directory = new TemporaryDirectory()
    await using roll = await Roll.open(join(directory.path, 'roll'))
    const source = nodeCommand(`${twoThatStay}.once('spawn', () => { console.log('pass'); process.exit() })`, roll.path)
    expect(await ask(source)).toBe('pass')
  })

  test('may come in pieces', async () => {
    const source = nodeCommand(`
      const pieces = ['pa', 'ss', '\\n', 'more']
      const next = () => { const piece = pieces.shift(); if (piece) process.stdout.write(piece, () => setImmediate(next)) }
      next()`)
    expect(await ask(source)).toBe('pass')
  })
})
