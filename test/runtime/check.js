// `npm run check`: format, lint, types, dead code, build and tests, one after another; ends at the first failure.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const launch = join(dirname(fileURLToPath(import.meta.url)), 'launch.js')
const steps = [
  ['oxfmt', '--check', 'src', 'test', 'bin'],
  ['oxlint', '--deny-warnings', '--report-unused-disable-directives-severity', 'error', 'src', 'test', 'bin'],
  ['typescript', '-p', 'test/tsconfig.json'],
  ['knip'],
  ['knip', '--production'],
  ['build'],
  ['vitest', 'run', '--config', 'test/vitest.config.ts'],
]

for (const step of steps) {
  process.stdout.write(`== ${step.join(' ')}\n`)
  const { status } = spawnSync(process.execPath, [launch, ...step], { stdio: 'inherit' })
  if (status !== 0) {
    process.stderr.write(`check: ${step[0]} failed\n`)
    process.exitCode = status ?? 1
    break
  }
}
