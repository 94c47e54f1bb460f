import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

interface Source {
  /** From the repository's root, with slashes. */
  readonly path: string
  readonly text: string
}

interface Layer {
  readonly folders?: readonly string[]
  /** Folders of which only types may be imported: the ports that an adapter implements, the events that a reporter reads. */
  readonly types?: readonly string[]
  readonly packages?: readonly string[]
  /** Whether Node's own modules are allowed; what decides or describes touches nothing outside. */
  readonly node?: boolean
}

const USE_CASES = ['sync', 'search', 'export', 'send', 'hooks', 'doctor', 'setup', 'upkeep']
const ADAPTERS = [
  'imap',
  'smtp',
  'mime',
  'store',
  'credentials',
  'config',
  'files',
  'lookup',
  'monitor',
  'delivery',
  'demo',
]

function adapter(...packages: readonly string[]): Layer {
  return { folders: ['model'], types: [...USE_CASES, 'profile'], packages, node: true }
}

/** Who may import whom. A folder's own files are always allowed; each package is at home in one folder. */
const LAYERS: Readonly<Record<string, Layer>> = {
  model: {},
  sync: { folders: ['model'] },
  search: { folders: ['model'] },
  export: { folders: ['model'] },
  send: { folders: ['model'] },
  hooks: { folders: ['model'] },
  doctor: { folders: ['model'] },
  setup: { folders: ['model'] },
  upkeep: { folders: ['model'] },
  profile: { folders: ['model'], node: true },
  imap: adapter('imapflow'),
  smtp: adapter('nodemailer'),
  mime: adapter('entities', 'iconv-lite', 'sanitize-html'),
  store: adapter('better-sqlite3'),
  credentials: adapter('keytar', 'oauth4webapi'),
  config: adapter('smol-toml', 'valibot', 'env-paths'),
  files: adapter(),
  monitor: adapter(),
  delivery: adapter(),
  lookup: adapter(),
  demo: adapter(),
  ui: {
    folders: ['model'],
    types: [...USE_CASES, 'profile'],
    packages: ['ink', 'react', 'cli-progress', '@clack/prompts'],
    node: true,
  },
  commands: {
    folders: ['model', 'ui', 'profile', ...USE_CASES],
    packages: ['commander'],
    node: true,
  },
  // The other thread that needs two adapters at once.
  'parser-thread.ts': { folders: ['model', 'mime', 'store', 'profile'] },
  'indexer-thread.ts': { folders: ['model', 'mime', 'store', 'profile'] },
  'writer-thread.ts': { folders: ['store', 'profile'] },
  'watchdog-thread.ts': { folders: ['profile'] },
  'statement-process.ts': { folders: ['store'] },
  // The parts of the composition root that only some commands need.
  'export-places.ts': { folders: ['files'], types: ['export'], node: true },
  'transfer-parts.ts': { folders: ['commands', 'model', 'profile', ...ADAPTERS], node: true },
  'credential-parts.ts': { folders: ['model', 'config', 'credentials', 'store', 'ui'], node: true },
  'source-parts.ts': { folders: ['model', 'files', 'imap'], types: ['commands'], node: true },
  'setup-parts.ts': { folders: ['credential-parts.ts', 'commands', 'model', 'setup', 'ui', ...ADAPTERS], node: true },
  'profiler-parts.ts': { folders: ['profile'], node: true },
  'send-parts.ts': { folders: ['commands', 'model', 'profile', ...ADAPTERS], node: true },
  'hook-parts.ts': { folders: ['commands', 'model', ...ADAPTERS], node: true },
  'doctor-parts.ts': { folders: ['commands', 'model', 'profile', ...ADAPTERS], types: ['doctor'], node: true },
  'upkeep-parts.ts': { folders: ['commands', 'model', 'store'], node: true },
  'watch-parts.ts': { folders: ['commands'], node: true },
  'main.ts': {
    folders: [
      'export-places.ts',
      'transfer-parts.ts',
      'setup-parts.ts',
      'profiler-parts.ts',
      'send-parts.ts',
      'hook-parts.ts',
      'doctor-parts.ts',
      'credential-parts.ts',
      'source-parts.ts',
      'upkeep-parts.ts',
      'watch-parts.ts',
      'model',
      'ui',
      'commands',
      'profile',
      ...USE_CASES,
      ...ADAPTERS,
    ],
    node: true,
  },
}

const IMPORT = /^(?:import|export)\s+(type\s)?(?:[\w\s{},*$]*?\sfrom\s+)?'([^'\n]+)'|\bimport\(\s*'([^'\n]+)'\s*\)/gm
const DUMPING_GROUND = /(?:^|[/-])(?:utils?|helpers?|common|misc|constants|types?|index|shared)\.tsx?$/
const DUMPING_FOLDER = /\/(?:utils?|helpers?|common|misc|lib|shared|types)\//
const DISABLE = /(?:ox|es)lint-disable[^\n*]*/g

/** What breaks the rules of design and style, one line each with its remedy. */
function violations(sources: readonly Source[]): readonly string[] {
  return sources.flatMap(({ path, text }) => {
    const found = path.startsWith('src/') ? importViolations({ path, text }) : []
    if (DUMPING_GROUND.test(path) || DUMPING_FOLDER.test(path)) {
      found.push(`${path}: the name says nothing; put its parts beside their users, each named after what it exports`)
    }
    for (const [disable] of text.matchAll(DISABLE)) {
      if (!/\s--\s+\S/.test(disable)) found.push(`${path}: "${disable.trim()}" lacks its reason; append " -- reason"`)
    }
    return found
  })
}

function importViolations({ path, text }: Source): string[] {
  const folder = path.split('/')[1] ?? ''
  const layer = LAYERS[folder]
  if (layer === undefined) return [`${path}: no layer is called "${folder}"; move it, or add the layer to LAYERS`]
  const found: string[] = []
  for (const [statement, type, static_, dynamic] of text.matchAll(IMPORT)) {
    const target = static_ ?? dynamic ?? ''
    const remedy = remedyFor(target, { path, folder, layer, typeOnly: type !== undefined })
    if (remedy !== undefined) found.push(`${path} imports ${target}: ${remedy}`)
    if (/^export\s+\*/.test(statement)) found.push(`${path} hands on ${target}: name it at its home, without a barrel`)
  }
  return found
}

interface Importer {
  readonly path: string
  readonly folder: string
  readonly layer: Layer
  readonly typeOnly: boolean
}

/** Undefined: the import is allowed. */
function remedyFor(target: string, importer: Importer): string | undefined {
  const { path, folder, layer } = importer
  if (target.startsWith('.')) return remedyForSource(posix.join(posix.dirname(path), target), importer)
  if (target.startsWith('node:')) {
    return layer.node === true ? undefined : `"${folder}" does no I/O; declare a port and let an adapter implement it`
  }
  if (layer.packages?.some((name) => target === name || target.startsWith(`${name}/`)) === true) return undefined
  const home = Object.entries(LAYERS).find(([, { packages }]) => packages?.includes(target) === true)?.[0]
  return `this package belongs to ${home === undefined ? 'no layer; add it to LAYERS' : `src/${home}`}`
}

function remedyForSource(target: string, { folder, layer, typeOnly }: Importer): string | undefined {
  const [top, to = ''] = target.split('/')
  if (top !== 'src') return 'sources import sources only'
  if (to === folder || layer.folders?.includes(to) === true) return undefined
  if (layer.types?.includes(to) !== true)
    return `"${folder}" may not know "${to}"; let main.ts hand it in, or declare a port`
  return typeOnly ? undefined : `"${folder}" may know only types of "${to}"; write "import type"`
}

const root = fileURLToPath(new URL('..', import.meta.url))

/** In two pieces, or this file would be reported itself. */
const DISABLED = ['// ox', 'lint-disable-next-line no-console'].join('')

function sourcesIn(folder: string): readonly Source[] {
  const names = readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
  return names
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => /\.(?:tsx?|js)$/.test(path) && !path.includes('node_modules') && !path.startsWith('test/.'))
    .map((path) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }))
}

test('the layers are kept, files have telling names and disables their reasons', () => {
  const sources = ['src', 'test', 'bin'].flatMap(sourcesIn)
  expect(sources.filter(({ path }) => path.startsWith('src/')).length).toBeGreaterThan(30)
  expect(sources.flatMap(({ text }) => [...text.matchAll(IMPORT)]).length).toBeGreaterThan(100)
  expect(violations(sources)).toEqual([])
})

test.each([
  ['src/sync/run.ts', "import { readFileSync } from 'node:fs'", 'declare a port'],
  ['src/search/run.ts', "import { planMailbox } from '../sync/plan-mailbox.ts'", '"search" may not know "sync"'],
  ['src/model/mailbox.ts', "import type { Cursor } from '../sync/ports.ts'", '"model" may not know "sync"'],
  ['src/imap/source.ts', "import {\n  type Cursor,\n} from '../sync/ports.ts'", 'write "import type"'],
  ['src/imap/source.ts', "import { openStore } from '../store/open-database.ts'", '"imap" may not know "store"'],
  ['src/profile/formats/pprof.ts', "import { open } from '../../store/open.ts'", '"profile" may not know "store"'],
  ['src/commands/sync.ts', "const { ImapFlow } = await import('imapflow')", 'belongs to src/imap'],
  ['src/main.ts', "import Database from 'better-sqlite3'", 'belongs to src/store'],
  ['src/store/open.ts', "import pad from 'left-pad'", 'belongs to no layer'],
  ['src/ui/screen.ts', "import { run } from '../main.ts'", '"ui" may not know "main.ts"'],
  ['src/ui/screen.ts', "import { rig } from '../../test/rig.ts'", 'sources import sources only'],
  ['src/ui/screen.ts', "export * from './table.ts'", 'without a barrel'],
  ['src/tools/spare.ts', '', 'no layer is called "tools"'],
  ['src/store/utils.ts', '', 'the name says nothing'],
  ['src/ui/date-helpers.ts', '', 'the name says nothing'],
  ['test/common/rig.ts', '', 'the name says nothing'],
  ['test/rig.ts', DISABLED, 'append " -- reason"'],
])('%s with %j is reported', (path, text, remedy) => {
  expect(violations([{ path, text }])).toEqual([expect.stringContaining(remedy)])
})

test.each([
  ['src/imap/source.ts', "import type { Cursor } from '../sync/ports.ts'\nimport { ImapFlow } from 'imapflow'"],
  ['src/store/shared-batch.ts', "import { Worker } from 'node:worker_threads'\nimport { pack } from './pack-rows.ts'"],
  ['src/main.ts', "const { openStore } = await import('./store/open-database.ts')"],
  ['src/model/position.ts', "export type Position = { readonly from: 'start' }"],
  ['test/rig.ts', `${DISABLED} -- the rig talks`],
])('%s with %j is allowed', (path, text) => {
  expect(violations([{ path, text }])).toEqual([])
})
