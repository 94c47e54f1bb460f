import {
  chmodSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { isForCompilers } from './needed-files.ts'
import { runGit, runNpm, runProgram } from './run-program.ts'
import { completionFiles, manualPage } from './shipped-texts.ts'

/** What is released: the last commit of a checkout, built. */
export interface StagedTree {
  readonly root: string
  readonly version: string
  /** SOURCE_DATE_EPOCH: seconds; when the last commit was made, unless the environment says otherwise. */
  readonly epoch: number
}

/** Takes the last commit of a checkout to `root`, builds it there with the checkout's compiler, and adds what the program
 *  says of itself: man page and completions. Throws where tracked files differ from the commit: the texts come from the
 *  checkout's own sources. */
export async function stageTree(checkout: string, root: string): Promise<StagedTree> {
  const changed = runGit(checkout, ['status', '--porcelain', '--untracked-files=no'])
  if (changed !== '') throw new Error(`a release is made of a commit; commit or stash these first:\n${changed}`)
  mkdirSync(root, { recursive: true })
  const archive = `${root}.tar`
  runGit(checkout, ['archive', '--format=tar', `--output=${archive}`, 'HEAD'])
  runProgram('tar', ['--extract', '--no-same-owner', '--file', archive, '--directory', root])
  unlinkSync(archive)

  symlinkSync(join(checkout, 'node_modules'), join(root, 'node_modules'))
  runProgram(process.execPath, [join(root, 'test/runtime/launch.js'), 'build'], { cwd: root })
  unlinkSync(join(root, 'node_modules'))

  const version = versionIn(join(root, 'package.json'))
  const epoch = Number(process.env['SOURCE_DATE_EPOCH'] ?? runGit(checkout, ['log', '-1', '--format=%ct']).trim())
  writeText(join(root, 'dist/share/man/mailmirror.1'), await manualPage({ version, epoch }))
  for (const [name, text] of completionFiles) writeText(join(root, 'dist/share/completions', name), text)
  normalise(root, epoch)
  return { root, version, epoch }
}

/** What the program needs at run time, as the lock file has it; nothing of it is run. */
export function installDependencies({ root }: StagedTree): string {
  // Without the workspace: that is the Node of the checkout.
  runNpm(['ci', '--omit=dev', '--ignore-scripts', '--workspaces=false', '--prefer-offline', '--loglevel=error'], root)
  const folder = join(root, 'node_modules')
  // More than half of all files, which nobody runs.
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (isForCompilers(path)) unlinkSync(join(folder, path))
  }
  return folder
}

/** `npm pack`, with what it depends on inside: npm heeds neither `overrides` nor a shrinkwrap of a package that is installed
 *  from a file, and would take versions that nobody has tested. The path of the tarball. */
export function packTarball({ root, version }: StagedTree, directory: string): string {
  const path = join(root, 'package.json')
  const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (typeof manifest !== 'object' || manifest === null) throw new Error(`could not read ${path}`)
  const bundleDependencies = [...namesIn(manifest, 'dependencies'), ...namesIn(manifest, 'optionalDependencies')]
  writeFileSync(path, `${JSON.stringify({ ...manifest, bundleDependencies }, undefined, 2)}\n`)
  runNpm(['pack', '--ignore-scripts', '--pack-destination', directory, '--loglevel=error'], root)
  return join(directory, `mailmirror-${version}.tgz`)
}

function namesIn(manifest: object, key: string): readonly string[] {
  const value: unknown = Object.entries(manifest).find(([name]) => name === key)?.[1]
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}

/** Whatever umask and clock made them: directories and programs 0755, other files 0644, all as old as the commit. */
export function normalise(root: string, epoch: number): void {
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isSymbolicLink()) chmodSync(path, entry.isDirectory() || startsProgram(path) ? 0o755 : 0o644)
    lutimesSync(path, epoch, epoch)
  }
  chmodSync(root, 0o755)
  lutimesSync(root, epoch, epoch)
}

export function writeText(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

function startsProgram(path: string): boolean {
  return /\/bin\/mailmirror(?:\.js)?$/.test(path)
}

export function versionIn(path: string): string {
  const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version)
  throw new Error(`could not find a version in ${path}`)
}
