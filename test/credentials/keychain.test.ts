import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createKeychain } from '../../src/credentials/keychain.ts'
import type { Keychain } from '../../src/credentials/keychain.ts'
import { PrivateKeyring, withoutKeyring } from '../servers/private-keyring.ts'
import { TemporaryDirectory } from '../support/temporary-directory.ts'
import { failureOf, never, openPasswords } from './temporary-secrets.ts'

const program = pathToFileURL(fileURLToPath(new URL('../../dist/credentials/keychain-process.js', import.meta.url)))
const entry = 'me@example.org at imap.example.org'
const source = { kind: 'keychain', account: 'personal', entry } as const

const keychainIn = (environment: Readonly<Record<string, string>>): Keychain => createKeychain({ program, environment })

const failure = (keychain: Keychain): Promise<string> => failureOf(openPasswords({ keychain }).password(source, never))

describe.skipIf(withoutKeyring)('gnome-keyring', () => {
  test('keeps a password, gives it back and forgets it', async () => {
    await using keyring = await PrivateKeyring.start()
    const keychain = keychainIn(keyring.environment)
    expect(await keychain.read(entry)).toBeUndefined()
    await keychain.store(entry, 'pass wörd "1')
    await keychain.store('another', 'other')
    expect(await openPasswords({ keychain }).password(source, never)).toBe('pass wörd "1')
    await keychain.store(entry, 'second')
    expect(await keychain.read(entry)).toBe('second')
    expect(await keychain.remove(entry)).toBe(true)
    expect(await keychain.remove(entry)).toBe(false)
    expect(await keychain.read('another')).toBe('other')
  })

  test('without the password says so, and how to put it there', async () => {
    await using keyring = await PrivateKeyring.start()
    expect(await failure(keychainIn(keyring.environment))).toBe(
      `SECRET_UNAVAILABLE the keychain holds no password for ${entry}`,
    )
  })

  test('that is locked does not look as if nothing were kept in it', async () => {
    await using keyring = await PrivateKeyring.start()
    const keychain = keychainIn(keyring.environment)
    await keychain.store(entry, 'secret')
    await keyring.lock()
    const why = 'Cannot create an item in a locked collection'
    expect(await failure(keychain)).toBe(`SECRET_UNAVAILABLE could not get the password from the keychain: ${why}`)
    expect(await failureOf(keychain.remove(entry))).toBe(
      `SECRET_UNAVAILABLE could not remove the password from the keychain: ${why}`,
    )
    expect(await failureOf(keychain.store(entry, 'other'))).toBe(
      `SECRET_UNAVAILABLE could not keep the password in the keychain: ${why}`,
    )
  })

  test('that hangs is given up at the limit', async () => {
    await using keyring = await PrivateKeyring.start()
    keyring.hang()
    expect(await failure(keychainIn(keyring.environment))).toBe(
      'SECRET_UNAVAILABLE could not get the password from the keychain: it did not answer within 2 s',
    )
  })
})

describe('a machine without a keychain', () => {
  test('has no bus, and says so', async () => {
    expect(await failure(keychainIn({ PATH: '/usr/bin:/bin', HOME: '/nonexistent' }))).toMatch(
      /^SECRET_UNAVAILABLE could not get the password from the keychain: (?:Cannot autolaunch D-Bus|libsecret|Could not connect)/,
    )
  })

  test('has a bus that has gone, and says so', async () => {
    const environment = { HOME: '/nonexistent', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' }
    expect(await failure(keychainIn(environment))).toMatch(
      /^SECRET_UNAVAILABLE could not get the password from the keychain: (?:Could not connect|libsecret)/,
    )
  })

  test('has no keytar, and says so', async () => {
    using directory = new TemporaryDirectory()
    const lonely = join(directory.path, 'keychain-process.mjs')
    copyFileSync(program, lonely)
    expect(await failure(createKeychain({ program: pathToFileURL(lonely), environment: {} }))).toBe(
      'SECRET_UNAVAILABLE could not get the password from the keychain: the optional package keytar is not installed',
    )
  })

  test.skipIf(process.platform !== 'linux')('is asked by a process that Ctrl-C does not reach', async () => {
    using directory = new TemporaryDirectory()
    const script = `import { readFileSync } from 'node:fs'
      const group = readFileSync('/proc/self/stat', 'utf8').replace(/.*\\) /, '').split(' ')[2]
      process.stdout.write(JSON.stringify({ found: Number(group) === process.pid ? 'own group' : 'our group' }))`
    const asking = pathToFileURL(directory.write('asking.mjs', script))
    expect(await createKeychain({ program: asking, environment: {} }).read(entry)).toBe('own group')
  })

  test('has a keytar that cannot be loaded, and says why', async () => {
    using directory = new TemporaryDirectory()
    const lonely = join(directory.path, 'keychain-process.mjs')
    copyFileSync(program, lonely)
    const addon = join(directory.path, 'node_modules', 'keytar', 'prebuilds', `${process.platform}-${process.arch}`)
    mkdirSync(addon, { recursive: true })
    writeFileSync(join(addon, 'keytar.node'), 'no addon at all')
    directory.write('node_modules/keytar/index.js', 'throw new Error("Failed to load keytar native addon")')
    expect(await failure(createKeychain({ program: pathToFileURL(lonely), environment: {} }))).toMatch(
      /^SECRET_UNAVAILABLE could not get the password from the keychain: .*keytar\.node: file too short$/,
    )
  })

  test('has a process that ends without an answer, and says so', async () => {
    using directory = new TemporaryDirectory()
    const mute = pathToFileURL(directory.write('mute.mjs', 'process.stdout.write("secret")'))
    const crashing = pathToFileURL(directory.write('crashing.mjs', 'process.kill(process.pid, "SIGSEGV")'))
    expect(await failure(createKeychain({ program: mute, environment: {} }))).toMatch(/: it ended without an answer$/)
    expect(await failure(createKeychain({ program: crashing, environment: {} }))).toMatch(/: it was ended by SIGSEGV$/)
  })
})
