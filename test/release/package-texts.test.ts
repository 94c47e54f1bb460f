import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { isInstalled } from '../support/is-installed.ts'
import { runCommand } from '../support/run-command.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { changelogText, controlText, copyrightText, wrapperScript } from './debian-texts.ts'
import { isForCompilers, isNeeded } from './needed-files.ts'
import { runProgram } from './run-program.ts'
import { manualPage, packagedUnits } from './shipped-texts.ts'
import { stageTree, versionIn } from './staged-tree.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Not written where it is started: it is no dependency. */
const analyzer = 'systemd-analyze'
const version = versionIn(join(root, 'package.json'))

test('the program, package.json, the lock file and the newest entry of CHANGELOG.md have one version', async () => {
  const { stdout } = await runCommand(['--version'])
  const newest = /^## (\S+?),? /m.exec(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'))?.[1]
  expect([stdout.trim(), newest, versionIn(join(root, 'package-lock.json'))]).toEqual([version, version, version])
})

test('a release is refused where a tracked file differs from the commit', async () => {
  const checkout = temporaryDirectory()
  const git = (...args: readonly string[]): string => {
    const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org']
    return runProgram('git', ['-C', checkout, ...who, ...args])
  }
  git('init', '--quiet')
  writeFileSync(join(checkout, 'notes.txt'), 'one\n')
  git('add', '.')
  git('commit', '--quiet', '--message', 'One')
  writeFileSync(join(checkout, 'notes.txt'), 'two\n')
  await expect(stageTree(checkout, join(checkout, 'tree'))).rejects.toThrow(
    /commit or stash these first:\n M notes\.txt/,
  )
})

test('a release says that it has to be told where the files go', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'test/release/build.ts')], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({
    status: 64,
    stderr: 'release: say where the files go: npm run release -- --output DIR\n',
  })
})

test.each([
  ['better-sqlite3/lib/index.js', true],
  ['better-sqlite3/package.json', true],
  ['better-sqlite3/prebuilds/linux-x64.node', true],
  ['better-sqlite3/prebuilds/linux-arm64.node', false],
  ['better-sqlite3/deps/sqlite3/sqlite3.c', false],
  ['keytar/prebuilds/linux-x64/keytar.node', true],
  ['keytar/prebuilds/win32-x64/keytar.node', false],
  ['@pinojs/redact/index.js', true],
  ['@pinojs/redact/test/index.test.js', false],
  ['pino/lib/tools.js', true],
  ['pino/bin.js', false],
  ['entities/dist/index.d.ts', false],
  ['entities/dist/index.js.map', false],
  ['nodemailer/.prettierrc.js', false],
])('of the dependencies, %s goes into the package: %s', (path, expected) => {
  expect(isNeeded(path)).toBe(expected)
})

test('of the dependencies, typings and maps do not go into the tarball', () => {
  const paths = [
    'a/index.d.ts',
    'a/index.d.mts',
    'a/index.js.map',
    'a/index.js',
    'a/LICENSE',
    'a/maps.json',
    'a/d.ts/x.js',
  ]
  expect(paths.filter(isForCompilers)).toEqual(paths.slice(0, 3))
})

test('the man page is dated by the commit', async () => {
  const page = await manualPage({ version: '1.2.3', epoch: 1_700_000_000 })
  expect(page.split('\n', 1)[0]).toBe('.TH MAILMIRROR 1 2023-11-14 "mailmirror 1.2.3" "User Commands"')
})

test('the package depends on libraries of Debian 12, and only recommends a Node that Debian 12 does not have', () => {
  const control = controlText({ version: '1.2.3', kilobytes: 7 })
  const fields = new Map([...control.matchAll(/^(\w[\w-]*): (.*)$/gm)].map(([, key = '', value = '']) => [key, value]))
  expect(['Version', 'Depends', 'Recommends', 'Installed-Size'].map((key) => fields.get(key))).toEqual([
    '1.2.3-1',
    'libc6 (>= 2.34), libgcc-s1 (>= 3.0), libstdc++6 (>= 11)',
    'nodejs (>= 22.15), ca-certificates',
    '7',
  ])
})

test('the changelog has the date of the commit, in the form of Debian', () => {
  expect(changelogText({ version: '1.2.3', epoch: 1_700_000_000 }).split('\n').at(-2)).toBe(
    ' -- the mailmirror authors <mailmirror@example.org>  Tue, 14 Nov 2023 22:13:20 +0000',
  )
})

test('the copyright file has the text of each licence, in the form of Debian', () => {
  const other = {
    name: '@scope/part',
    version: '2.0.0',
    kind: '(MIT OR CC0-1.0)',
    text: 'MIT\n\nCopyright (c) 2020 Ada\n',
  }
  expect(copyrightText('MIT License\n\nCopyright (c) 2026 us\n', [other]).split('\n').slice(3)).toEqual([
    'Files: *',
    'Copyright: 2026 us',
    'License: Expat',
    ' MIT License',
    ' .',
    ' Copyright (c) 2026 us',
    '',
    'Files: usr/lib/mailmirror/node_modules/@scope/part/*',
    'Copyright: Copyright (c) 2020 Ada',
    'License: MIT-OR-CC0-1.0-of-scopepart-2.0.0',
    ' MIT',
    ' .',
    ' Copyright (c) 2020 Ada',
    '',
  ])
})

test('the units start the installed program, every 15 minutes or to watch, by nobody in particular', () => {
  const units = packagedUnits()
  const said = /^(?:Type|ExecStart|OnCalendar|WantedBy)=.*/gm
  expect(units.map(({ name, text }) => [name, ...(text.match(said) ?? [])])).toEqual([
    ['mailmirror.service', 'Type=oneshot', 'ExecStart=/usr/bin/mailmirror sync --quiet --max-time 810s'],
    ['mailmirror.timer', 'OnCalendar=*:0/15', 'WantedBy=timers.target'],
    [
      'mailmirror-watch.service',
      'Type=notify',
      'ExecStart=/usr/bin/mailmirror watch --quiet',
      'WantedBy=default.target',
    ],
  ])
  expect(units.filter(({ text }) => text.includes('/-'))).toEqual([])
  const services = units.filter(({ name }) => name.endsWith('.service'))
  const introduction = '# A user unit; nothing starts it before you say so:\n'
  expect(services.map(({ text }) => text.startsWith(introduction))).toEqual([true, true])
})

test.runIf(isInstalled(analyzer))('systemd finds nothing wrong with the units', () => {
  const directory = temporaryDirectory()
  const program = join(directory, 'mailmirror')
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 })
  const units = packagedUnits()
  for (const { name, text } of units) {
    writeFileSync(join(directory, name), text.replace('=/usr/bin/mailmirror', `=${program}`))
  }
  const runtime = join(directory, 'run')
  mkdirSync(runtime)
  const { status, stdout, stderr } = spawnSync(
    analyzer,
    ['verify', '--user', '--man=no', ...units.map(({ name }) => name)],
    { cwd: directory, encoding: 'utf8', env: { ...process.env, HOME: directory, XDG_RUNTIME_DIR: runtime } },
  )
  expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' })
})

/** /usr/bin/mailmirror of a package that lies in a directory, and a PATH that has readlink and perhaps a `node`. */
function installedWrapper(node?: string): { readonly program: string; readonly path: string } {
  const directory = temporaryDirectory()
  const path = join(directory, 'path')
  const programs = join(directory, 'usr/bin')
  for (const made of [path, programs]) mkdirSync(made, { recursive: true })
  symlinkSync('/usr/bin/readlink', join(path, 'readlink'))
  const program = join(programs, 'mailmirror')
  writeFileSync(program, wrapperScript)
  chmodSync(program, 0o755)
  if (node !== undefined) writeFileSync(join(path, 'node'), node, { mode: 0o755 })
  return { program, path }
}

test('the wrapper hands on what it is given, to the program that lies beside it, also through a link', () => {
  const { program, path } = installedWrapper(`#!/bin/sh\nprintf '<%s>' "$@"\nexit 7\n`)
  const link = join(path, 'mm')
  symlinkSync(program, link)
  const expected = program.replace('/bin/mailmirror', '/lib/mailmirror/mailmirror')
  for (const started of [program, link]) {
    const { status, stdout } = spawnSync(started, ['search', 'a  b', '', '*'], {
      env: { PATH: path },
      encoding: 'utf8',
    })
    expect({ status, stdout }).toEqual({ status: 7, stdout: `<${expected}><search><a  b><><*>` })
  }
})

test('the wrapper says what is needed where there is no Node', () => {
  const { program, path } = installedWrapper()
  const { status, stderr } = spawnSync(program, ['sync'], { env: { PATH: path }, encoding: 'utf8' })
  expect({ status, stderr }).toEqual({
    status: 69,
    stderr: 'mailmirror: there is no node in PATH: mailmirror needs Node 22.15 or newer (22.x), or 24 or newer\n',
  })
})
