// Runs what follows under the Node of this workspace, whatever Node the machine has:
//   node test/runtime/launch.js FILE|TOOL [ARGUMENT...]     ("build" is the compiler with our settings: once for what
//   runs in Node, once for what runs in a browser)
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
const projects = ['tsconfig.json', 'src/profile/page/tsconfig.json'].map((project) => [
  '-p',
  join(root, project),
  ...rest,
])
run(name === 'build' ? projects : [rest])

/** One after another, each only when the one before has succeeded. */
function run(/** @type {string[][]} */ [given = [], ...further]) {
  const child = spawn(privateNode(), [program(name), ...given], { stdio: 'inherit' })
  // The terminal sends Ctrl-C to both; waiting for the child lets it end in its own way.
  const forward = (/** @type {NodeJS.Signals} */ signal) => signal !== 'SIGINT' && child.kill(signal)
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
  for (const signal of signals) process.on(signal, forward)
  child.on('exit', (code, signal) => {
    for (const signal of signals) process.off(signal, forward)
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)
    if (code === 0 && further.length > 0) run(further)
  })
}
