import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { changelogText, controlText, copyrightText, lintianOverrides, wrapperScript } from './debian-texts.ts'
import { isNeeded, licencesIn, packagesIn } from './needed-files.ts'
import { runProgram } from './run-program.ts'
import { packagedUnits } from './shipped-texts.ts'
import { normalise, writeText } from './staged-tree.ts'
import type { StagedTree } from './staged-tree.ts'

interface Ingredients {
  readonly tree: StagedTree
  readonly tarball: string
  /** A node_modules of what is needed at run time. */
  readonly dependencies: string
  /** For what is in the making. */
  readonly work: string
  /** Where the package goes. */
  readonly directory: string
}

/** The package for Debian on amd64: what the tarball has, what it needs beside Node, and what belongs into Debian's places.
 *  The path of the file. */
export function buildDebianPackage({ tree, tarball, dependencies, work, directory }: Ingredients): string {
  const root = join(work, 'debian')
  const library = join(root, 'usr/lib/mailmirror')
  mkdirSync(library, { recursive: true })
  const own = ['--strip-components=1', '--exclude=package/node_modules']
  runProgram('tar', ['--extract', '--gzip', ...own, '--file', tarball, '--directory', library])
  symlinkSync('bin/mailmirror.js', join(library, 'mailmirror'))
  writeText(join(root, 'usr/bin/mailmirror'), wrapperScript)
  copyDependencies(dependencies, join(library, 'node_modules'))
  placeShared(root, library)
  placeDocuments(root, { library, dependencies, tree })
  writeControl(root, tree)
  normalise(root, tree.epoch)
  return pack(root, tree, directory)
}

function copyDependencies(from: string, to: string): void {
  for (const name of packagesIn(from)) {
    const home = join(from, name)
    cpSync(home, join(to, name), {
      recursive: true,
      filter: (source) => statSync(source).isDirectory() || isNeeded(`${name}/${relative(home, source)}`),
    })
  }
  removeEmptyFolders(to)
}

function removeEmptyFolders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name))
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true })
}

function placeShared(root: string, library: string): void {
  const share = join(library, 'dist/share')
  const places = [
    ['mailmirror.bash', 'bash-completion/completions/mailmirror'],
    ['_mailmirror', 'zsh/vendor-completions/_mailmirror'],
    ['mailmirror.fish', 'fish/vendor_completions.d/mailmirror.fish'],
  ] as const
  for (const [name, place] of places) {
    writeText(join(root, 'usr/share', place), readFileSync(join(share, 'completions', name)))
  }
  writeText(join(root, 'usr/share/man/man1/mailmirror.1.gz'), compressed(readFileSync(join(share, 'man/mailmirror.1'))))
  rmSync(share, { recursive: true })
  for (const { name, text } of packagedUnits()) writeText(join(root, 'usr/lib/systemd/user', name), text)
}

function placeDocuments(
  root: string,
  { library, dependencies, tree }: { library: string; dependencies: string; tree: StagedTree },
): void {
  const documents = join(root, 'usr/share/doc/mailmirror')
  const take = (name: string): Uint8Array => {
    const content = readFileSync(join(library, name))
    rmSync(join(library, name))
    return content
  }
  writeText(join(documents, 'README.md'), take('README.md'))
  writeText(join(documents, 'changelog.gz'), compressed(take('CHANGELOG.md')))
  writeText(join(documents, 'changelog.Debian.gz'), compressed(Buffer.from(changelogText(tree))))
  const own = Buffer.from(take('LICENSE')).toString('utf8')
  writeText(join(documents, 'copyright'), copyrightText(own, licencesIn(dependencies)))
  writeText(join(root, 'usr/share/lintian/overrides/mailmirror'), lintianOverrides)
}

function writeControl(root: string, { version }: StagedTree): void {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted()
  const sums = files.map((path) => `${md5(readFileSync(join(root, path)))}  ${path}\n`)
  const kilobytes = files.reduce((sum, path) => sum + Math.ceil(statSync(join(root, path)).size / 1024), 0)
  writeText(join(root, 'DEBIAN/md5sums'), sums.join(''))
  writeText(join(root, 'DEBIAN/control'), controlText({ version, kilobytes }))
}

/** One thread: with more, what xz writes depends on how many there are. */
function pack(root: string, { version, epoch }: StagedTree, directory: string): string {
  const path = join(directory, `mailmirror_${version}-1_amd64.deb`)
  const made = `${root}.deb`
  runProgram('dpkg-deb', ['--root-owner-group', '--threads-max=1', '-Zxz', '--build', root, made], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) },
  })
  cpSync(made, `${path}.partial`)
  renameSync(`${path}.partial`, path)
  return path
}

function compressed(content: Uint8Array): Uint8Array {
  return gzipSync(content, { level: 9 })
}

/** dpkg's own format has no other sum. */
function md5(content: Uint8Array): string {
  return createHash('md5').update(content).digest('hex')
}
