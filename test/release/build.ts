// `npm run release -- --output DIR`: of the last commit, the npm tarball, the Debian package and their checksums. Publishes nothing.
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildDebianPackage } from './debian-package.ts'
import { installDependencies, packTarball, stageTree } from './staged-tree.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

const { output } = parseArgs({ options: { output: { type: 'string' } } }).values
if (output === undefined) {
  process.stderr.write('release: say where the files go: npm run release -- --output DIR\n')
  process.exitCode = 64
} else {
  await release(resolve(output))
}

async function release(directory: string): Promise<void> {
  process.umask(0o022)
  mkdirSync(directory, { recursive: true })
  const work = mkdtempSync(join(tmpdir(), 'mailmirror-release-'))
  try {
    const tree = await stageTree(checkout, join(work, 'tree'))
    const dependencies = installDependencies(tree)
    const tarball = packTarball(tree, directory)
    const debian = buildDebianPackage({ tree, tarball, dependencies, work, directory })
    const sums = [tarball, debian].map((path) => `${sha256(path)}  ${basename(path)}\n`).join('')
    writeFileSync(join(directory, 'SHA256SUMS'), sums)
    for (const path of [tarball, debian]) process.stdout.write(`${path} (${statSync(path).size} octets)\n`)
    process.stdout.write(sums)
  } catch (error) {
    process.stderr.write(`release: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
