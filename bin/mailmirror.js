#!/usr/bin/env node
// Looks at the Node version before anything else is imported: the SQLite binding dies without a word below 22.14.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if ((major === 22 && minor >= 15) || major >= 24) {
  await import('../dist/main.js')
} else {
  await startElsewhere()
}

/** Loads what the usual start has no time for. */
async function startElsewhere() {
  const [{ existsSync }, { fileURLToPath, pathToFileURL }] = await Promise.all([import('node:fs'), import('node:url')])
  const launcher = fileURLToPath(new URL('../test/runtime/launch.js', import.meta.url))
  if (!existsSync(launcher)) return refuse()
  // A checkout brings a Node of its own; the launcher passes signals on and ends as its child ended.
  process.argv.splice(1, 1, launcher, fileURLToPath(import.meta.url))
  await import(pathToFileURL(launcher).href)
}

function refuse() {
  process.stderr.write(
    `mailmirror: Node ${process.versions.node} is too old: mailmirror needs Node 22.15 or newer (22.x), or 24 or newer\n`,
  )
  process.exitCode = 69
}
