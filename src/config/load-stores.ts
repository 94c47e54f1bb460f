import type { StoresConfig } from '../model/account.ts'
import type { Environment } from './environment.ts'
import { readConfigFile } from './read-config-file.ts'
import type { ConfigFile } from './read-config-file.ts'
import { recall, remember } from './stores-cache.ts'

export interface CachePlace {
  /** Of this user alone; undefined: nothing is remembered. */
  readonly folder: string | undefined
  /** Of this program: another one may read the same file differently. */
  readonly version: string
}

/** What `loadConfig` says of stores. To check a config takes as long as a whole start of Node, so what came of it is kept in the
 *  user's cache and taken from there while the file, its mode and owner, and what else decides about it are the same. The file is
 *  read and its modes are checked every time (S09). Throws as `loadConfig` does. */
export async function loadStores(path: string, environment: Environment, place: CachePlace): Promise<StoresConfig> {
  const { folder, version } = place
  if (folder === undefined) return readStores(path, environment)
  const key = keyOf(readConfigFile(path), environment, version)
  const known = recall(folder, key)
  if (known !== undefined) return { path, ...known }
  const stores = await readStores(path, environment)
  // Nothing that was written meanwhile is kept under the key of what was there before.
  if (keyOf(readConfigFile(path), environment, version) === key) remember(folder, key, stores)
  return stores
}

async function readStores(path: string, environment: Environment): Promise<StoresConfig> {
  const { loadConfig } = await import('./load-config.ts')
  const { storeOnNetwork, accounts } = loadConfig(path, environment)
  return { path, storeOnNetwork, accounts: accounts.map(({ name, store }) => ({ name, store })) }
}

/** Of everything that decides what `loadConfig` says. Only the owner can write the file, so no hash against forgery is needed, for
 *  which node:crypto would have to be loaded (5 ms). */
function keyOf(file: ConfigFile, { variables, homeDirectory }: Environment, version: string): string {
  const surroundings = [version, process.versions.node, file.path, homeDirectory, variables['XDG_DATA_HOME'] ?? '']
  return JSON.stringify([...surroundings, file.identity, file.text.length, mixed(file.text, 31), mixed(file.text, 131)])
}

/** 32 bits of all characters, other ones for another factor. */
function mixed(text: string, factor: number): number {
  let bits = 0x811c9dc5 ^ factor
  for (let index = 0; index < text.length; index++) {
    bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193 + factor)
    bits ^= bits >>> 15
  }
  return bits >>> 0
}
