// Runs what follows under the Node of this workspace, whatever Node the machine has:
//   node test/runtime/launch.js FILE|TOOL [ARGUMENT...]     ("build" is the compiler with our settings)
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const require = createRequire(import.meta.url)

/** Path of the private Node, or this process's own where the platform has no such package. */
function privateNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  try {
    const folder = dirname(require.resolve(`node-${platform}-${process.arch}/package.json`))
    return join(folder, 'bin', platform === 'win' ? 'node.exe' : 'node')
  } catch {
    return process.execPath
  }
}

/** A tool by its name is the `bin` of that package; anything else is a file. */
function program(/** @type {string} */ name) {
  const tool = name === 'build' ? 'typescript' : name
  const manifest = join(root, 'node_modules', tool, 'package.json')
  if (!/^[a-z]+$/.test(tool) || !existsSync(manifest)) return resolve(name)
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'))
  return join(dirname(manifest), typeof bin === 'string' ? bin : (bin[tool] ?? bin.tsc))
}

const [name = 'build', ...rest] = process.argv.slice(2)
// What an earlier build left must not be found by this one's tests.
if (name === 'build') rmSync(join(root, 'dist'), { recursive: true, force: true })
const given = name === 'build' ? ['-p', join(root, 'tsconfig.json'), ...rest] : rest
const child = spawn(privateNode(), [program(name), ...given], { stdio: 'inherit' })
// The terminal sends Ctrl-C to both; waiting for the child lets it end in its own way.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => signal !== 'SIGINT' && child.kill(signal))
}
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)
})
