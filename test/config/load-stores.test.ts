import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { loadStores } from '../../src/config/load-stores.ts'
import type { StoresConfig } from '../../src/model/account.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const text = `store = "mail.db"
[accounts.ada]
email = "ada@example.org"
oauth-client = { id = "client", secret = "very-secret" }
imap = { host = "imap.example.org" }
[accounts.bob]
email = "bob@example.org"
store = "~/bob.db"
imap = { host = "imap.example.org" }
`

/** A config, and a cache that may hold what came of it. */
function place(): {
  readonly path: string
  readonly folder: string
  readonly file: string
  readonly load: (change?: {
    readonly home?: string
    readonly version?: string
    readonly data?: string
  }) => Promise<StoresConfig>
  /** Says something else in the cache than the config does: whoever reads it, is seen to. */
  readonly forge: () => void
} {
  const directory = temporaryDirectory()
  const path = join(directory, 'config.toml')
  const folder = join(directory, 'cache')
  const file = join(folder, 'stores.json')
  writeFileSync(path, text, { mode: 0o600 })
  return {
    path,
    folder,
    file,
    load: ({ home = '/home/ada', version = '1', data = '' } = {}) =>
      loadStores(path, { variables: { XDG_DATA_HOME: data }, homeDirectory: home }, { folder, version }),
    forge: () => writeFileSync(file, readFileSync(file, 'utf8').replaceAll('bob.db', 'forged.db')),
  }
}

const storeOfBob = ({ accounts }: StoresConfig): string | undefined =>
  accounts.find(({ name }) => name === 'bob')?.store

test('what a config says of stores is remembered, and nothing else of it', async () => {
  const { path, folder, file, load, forge } = place()
  const { storeOnNetwork, accounts } = loadConfig(path, { variables: {}, homeDirectory: '/home/ada' })
  const stores = { path, storeOnNetwork, accounts: accounts.map(({ name, store }) => ({ name, store })) }
  expect(await load()).toEqual(stores)
  expect(readdirSync(folder)).toEqual(['stores.json'])
  expect([statSync(folder).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600])
  expect(readFileSync(file, 'utf8')).not.toMatch(/secret|client|example/)
  expect(await load()).toEqual(stores)
  forge()
  expect(storeOfBob(await load())).toBe('/home/ada/forged.db')
})

test.each([
  ['the file', ({ path }: { path: string }) => writeFileSync(path, text.replace('ada@', 'eva@'))],
  ['when it was written', ({ path }: { path: string }) => (rmSync(path), writeFileSync(path, text, { mode: 0o600 }))],
  ['its mode', ({ path }: { path: string }) => chmodSync(path, 0o400)],
])('the config is read again when %s has changed', async (_, change) => {
  const { path, load, forge } = place()
  await load()
  forge()
  change({ path })
  expect(storeOfBob(await load())).toBe('/home/ada/bob.db')
})

test('the config is read again for another home, another place of data and another version', async () => {
  const { load, forge } = place()
  await load()
  forge()
  expect(storeOfBob(await load({ home: '/home/eva' }))).toBe('/home/eva/bob.db')
  expect(storeOfBob(await load({ version: '2' }))).toBe('/home/ada/bob.db')
  expect(storeOfBob(await load({ data: '/data' }))).toBe('/home/ada/bob.db')
  // The first is still remembered.
  expect(storeOfBob(await load())).toBe('/home/ada/forged.db')
})

test('no more than a few configs are remembered', async () => {
  const { file, load } = place()
  for (let version = 0; version < 12; version++) await load({ version: `${version}` })
  expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveLength(8)
})

test.each([
  ['a cache that others may read', ({ file }: { file: string }) => chmodSync(file, 0o640)],
  ['a cache in a folder that others can write to', ({ folder }: { folder: string }) => chmodSync(folder, 0o777)],
  [
    'a link',
    ({ file }: { file: string }) => {
      const held = readFileSync(file)
      writeFileSync(`${file}.other`, held, { mode: 0o600 })
      rmSync(file)
      symlinkSync(`${file}.other`, file)
    },
  ],
  ['what is no JSON', ({ file }: { file: string }) => writeFileSync(file, '[{"key":')],
  [
    'what we do not write',
    ({ file }: { file: string }) => writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"store":', '"shop":')),
  ],
])('S09 %s is not believed', async (_, spoil) => {
  const { folder, file, load, forge } = place()
  await load()
  forge()
  spoil({ folder, file })
  expect(storeOfBob(await load())).toBe('/home/ada/bob.db')
})

test('S09 a config is checked each time, whatever is remembered', async () => {
  const { path, load } = place()
  await load()
  chmodSync(path, 0o644)
  await expect(load()).rejects.toThrow(expect.objectContaining({ code: 'CONFIG_UNSAFE' })) // prettier-ignore
  chmodSync(path, 0o622)
  await expect(load()).rejects.toThrow(expect.objectContaining({ code: 'CONFIG_UNSAFE' })) // prettier-ignore
  chmodSync(path, 0o600)
  await load()
  rmSync(path)
  await expect(load()).rejects.toThrow(expect.objectContaining({ code: 'CONFIG_MISSING' })) // prettier-ignore
})

test('without a cache, or where none can be made, the config is read', async () => {
  const { path, folder } = place()
  const environment = { variables: {}, homeDirectory: '/home/ada' }
  expect(storeOfBob(await loadStores(path, environment, { folder: undefined, version: '1' }))).toBe('/home/ada/bob.db')
  expect(existsSync(folder)).toBe(false)
  mkdirSync(join(folder, 'stores.json'), { recursive: true, mode: 0o700 })
  expect(storeOfBob(await loadStores(path, environment, { folder, version: '1' }))).toBe('/home/ada/bob.db')
  expect(storeOfBob(await loadStores(path, environment, { folder: '/proc/none', version: '1' }))).toBe(
    '/home/ada/bob.db',
  )
})
