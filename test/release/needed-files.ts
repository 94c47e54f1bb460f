import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Licence {
  readonly name: string
  readonly version: string
  /** As its manifest has it, such as `MIT`. */
  readonly kind: string
  readonly text: string
}

/** Of no use at run time: optional peers that npm installs for their types. */
const typesOnly = /^(?:@types\/|@typescript\/|typescript$|csstype$)/
/** What Node loads. */
const loaded = /\.(?:[cm]?js|json)$/
/** Of the prebuilt binaries, those for amd64 with glibc. */
const binaries: readonly string[] = [
  'better-sqlite3/prebuilds/linux-x64.node',
  'keytar/prebuilds/linux-x64/keytar.node',
]
const besides =
  /^(?:@[^/]+\/)?[^/]+\/(?:tests?|docs?|examples?|bench|benchmarks?|scripts?|tools|deps|bin)\/|^(?:@[^/]+\/)?[^/]+\/(?:bin|cli)\.js$/

/** The names of all packages in a node_modules that the program can load, in order. */
export function packagesIn(folder: string): readonly string[] {
  const names = readdirSync(folder).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(folder, name)).map((below) => `${name}/${below}`) : [name],
  )
  return names.filter((name) => !name.startsWith('.') && !typesOnly.test(name)).toSorted()
}

/** Whether a file is of use at run time: code, data and our binaries; no typings, sources, tests and documents, no binary of
 *  another platform. */
export function isNeeded(path: string): boolean {
  if (path.split('/').some((part) => part.startsWith('.'))) return false
  return binaries.includes(path) || (loaded.test(path) && !besides.test(path))
}

/** Whether a file of a dependency tells compilers and debuggers of others. */
export function isForCompilers(path: string): boolean {
  return /\.(?:d\.[cm]?ts|map)$/.test(path)
}

/** What each package in a node_modules, and each inside of one, says of its licence. */
export function licencesIn(folder: string): readonly Licence[] {
  return packagesIn(folder).flatMap((name) => {
    const home = join(folder, name)
    const below = join(home, 'node_modules')
    return [licenceOf(name, home), ...(existsSync(below) ? licencesIn(below) : [])]
  })
}

function licenceOf(name: string, home: string): Licence {
  const manifest: unknown = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const file = readdirSync(home).find((entry) => /^(?:licen[cs]e|copying)/i.test(entry))
  const text = file === undefined ? 'Its files say no more than this name.' : readFileSync(join(home, file), 'utf8')
  return { name, version: textIn(manifest, 'version'), kind: textIn(manifest, 'license'), text }
}

function textIn(manifest: unknown, key: 'version' | 'license'): string {
  const has = typeof manifest === 'object' && manifest !== null && key in manifest
  const value: unknown = has ? Object.entries(manifest).find(([name]) => name === key)?.[1] : undefined
  return typeof value === 'string' ? value : 'unknown'
}
