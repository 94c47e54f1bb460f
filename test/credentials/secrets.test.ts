import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { failureOf, never, nodeCommand, openPasswords, openSecrets, Roll } from './temporary-secrets.ts'
import { TemporaryDirectory } from '../support/temporary-directory.ts'

describe('a password from a variable', () => {
  const secrets = openPasswords({
    variables: { MAIL: ' pass word ', EMPTY: '', LINES: 'a\nb', NUL: 'a\0b', CR: 'a\r' },
  })
  const ask = async (name: string): Promise<string> => secrets.password({ kind: 'env', name }, never)

  test('is its value', async () => {
    expect(await ask('MAIL')).toBe(' pass word ')
  })

  test.each([
    ['NONE', 'it is not set'],
    ['toString', 'it is not set'],
    ['EMPTY', 'it is empty'],
    ['LINES', 'it holds a line break or a NUL'],
    ['NUL', 'it holds a line break or a NUL'],
    ['CR', 'it holds a line break or a NUL'],
  ])('%s is refused: %s', async (name, why) => {
    expect(await failureOf(ask(name))).toBe(
      `SECRET_UNAVAILABLE could not get the password from the environment variable ${name}: ${why}`,
    )
  })
})

describe('answers', () => {
  const countingScript = `
    require('node:fs').appendFileSync(process.argv[1], 'run\\n')
    console.log('pass')`

  test('are remembered, so that a command runs once for all connections', async () => {
    using directory = new TemporaryDirectory()
    const log = join(directory.path, 'log')
    const secrets = openPasswords({ variables: {} })
    const ask = async (): Promise<string> => secrets.password(nodeCommand(countingScript, log), never)
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(['pass', 'pass', 'pass'])
    expect(await ask()).toBe('pass')
    expect(readFileSync(log, 'utf8')).toBe('run\n')
  })

  test('F24 that a server has refused are looked up anew, and stand where they are the same', async () => {
    using directory = new TemporaryDirectory()
    const source = { kind: 'file', path: directory.write('secret', 'before') } as const
    const secrets = openSecrets({})
    const refused = await secrets.login(source, never)
    expect(await secrets.renewed(source, refused, never)).toBeUndefined()
    directory.write('secret', 'between')
    const between = { kind: 'password', password: 'between' }
    expect(await secrets.login(source, never)).toEqual(between)
    directory.write('secret', 'after')
    const after = { kind: 'password', password: 'after' }
    expect(await secrets.renewed(source, { kind: 'password', password: 'between' }, never)).toEqual(after)
    // Another connection that was refused with the old one has no reason to look again.
    directory.write('secret', 'later')
    expect(await secrets.renewed(source, { kind: 'password', password: 'between' }, never)).toEqual(after)
    rmSync(source.path)
    expect(await secrets.renewed(source, { kind: 'password', password: 'after' }, never)).toBeUndefined()
  })

  test('of different sources are kept apart', async () => {
    const secrets = openPasswords({ variables: { A: 'one', B: 'two' } })
    expect(await secrets.password({ kind: 'env', name: 'A' }, never)).toBe('one')
    expect(await secrets.password({ kind: 'env', name: 'B' }, never)).toBe('two')
  })

  test('that failed are asked for again', async () => {
    using directory = new TemporaryDirectory()
    const source = { kind: 'file', path: join(directory.path, 'secret') } as const
    const secrets = openPasswords({ variables: {} })
    expect(await failureOf(secrets.password(source, never))).toMatch(/^SECRET_UNAVAILABLE .*ENOENT/)
    directory.write('secret', 'pass')
    expect(await secrets.password(source, never)).toBe('pass')
  })

  test('come to those who still wait when another one gives up', async () => {
    using directory = new TemporaryDirectory()
    await using roll = await Roll.open(join(directory.path, 'roll'))
    const go = join(directory.path, 'go')
    await using gate = await Roll.open(go)
    const source = nodeCommand(
      `const { connect } = require('node:net')
       connect(process.argv[1])
       connect(process.argv[2]).once('data', () => { console.log('pass'); process.exit() })`,
      roll.path,
      gate.path,
    )
    const secrets = openPasswords({ variables: {} })
    const impatient = new AbortController()
    const given = failureOf(secrets.password(source, impatient.signal))
    const patient = secrets.password(source, never)
    await roll.present(1)
    await gate.present(1)
    impatient.abort()
    expect(await given).toBe('INTERRUPTED interrupted while waiting for a password')
    gate.tellAll('go')
    expect(await patient).toBe('pass')
  })

  test('are not given after the signal', async () => {
    const secrets = openPasswords({ variables: { A: 'one' } })
    const fired = AbortSignal.abort()
    expect(await failureOf(secrets.password({ kind: 'env', name: 'A' }, fired))).toBe(
      'INTERRUPTED interrupted while waiting for a password',
    )
  })
})

describe('a systemd credential', () => {
  test('is a file in the directory of the unit, whatever its mode says', async () => {
    using directory = new TemporaryDirectory()
    directory.write('mail.password', 'pass\n', 0o440)
    const secrets = openPasswords({ variables: { CREDENTIALS_DIRECTORY: directory.path } })
    expect(await secrets.password({ kind: 'credential', name: 'mail.password' }, never)).toBe('pass')
    expect(await failureOf(secrets.password({ kind: 'credential', name: 'other' }, never))).toMatch(
      /^SECRET_UNAVAILABLE could not get the password from the credential "other": ENOENT/,
    )
  })

  test.each([[undefined], ['relative']])('is nowhere with $CREDENTIALS_DIRECTORY %s', async (directory) => {
    const secrets = openPasswords({ variables: { CREDENTIALS_DIRECTORY: directory } })
    expect(await failureOf(secrets.password({ kind: 'credential', name: 'mail' }, never))).toBe(
      'SECRET_UNAVAILABLE could not get the password from the credential "mail": $CREDENTIALS_DIRECTORY is not set',
    )
  })
})

const question = (account: string) => ({ kind: 'prompt', account, user: 'me@example.org' }) as const

describe('a password that a person is asked for', () => {
  test('is asked for once a run, one question at a time', async () => {
    const asked: string[] = []
    const secrets = openPasswords({
      ask: async ({ account }) => {
        asked.push(`${account}?`)
        await Promise.resolve()
        asked.push(`${account}!`)
        return `pass of ${account}`
      },
    })
    const answers = await Promise.all(['a', 'b', 'a'].map((name) => secrets.password(question(name), never)))
    expect(answers).toEqual(['pass of a', 'pass of b', 'pass of a'])
    expect(await secrets.password(question('b'), never)).toBe('pass of b')
    expect(asked).toEqual(['a?', 'a!', 'b?', 'b!'])
  })

  test('may not be empty, and is not asked for again then', async () => {
    let asked = 0
    const secrets = openPasswords({
      ask: () => {
        asked++
        return Promise.resolve('')
      },
    })
    for (const _ of [1, 2]) {
      expect(await failureOf(secrets.password(question('a'), never))).toBe(
        'SECRET_UNAVAILABLE could not get the password from the terminal: it is empty',
      )
    }
    expect(asked).toBe(1)
  })

  test('is asked for with the reason where the keychain does not help', async () => {
    const asked: unknown[] = []
    const secrets = openSecrets({
      ask: (about) => {
        asked.push(about)
        return Promise.resolve('pass')
      },
    })
    const refused = { kind: 'password', password: 'pass' } as const
    const source = { kind: 'keychain', account: 'a', entry: 'me@example.org at imap.example.org' } as const
    expect(await secrets.login(source, never)).toEqual(refused)
    expect(await secrets.login(source, never)).toEqual(refused)
    // A screen may have the terminal by now.
    expect(await secrets.renewed(source, refused, never)).toBeUndefined()
    expect(await secrets.renewed(question('a'), refused, never)).toBeUndefined()
    expect(asked).toEqual([{ account: 'a', user: 'me@example.org at imap.example.org', reason: 'no keychain here' }])
  })

  test('is not to be had where nobody is', async () => {
    expect(await failureOf(openPasswords({}).password(question('a'), never))).toBe(
      'SECRET_UNAVAILABLE account a has no password',
    )
  })
})
