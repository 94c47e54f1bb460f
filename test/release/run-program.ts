import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

interface Place {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

/** What it printed. Throws with its stderr where it fails. */
export function runProgram(program: string, args: readonly string[], { cwd, env = process.env }: Place = {}): string {
  return execFileSync(program, [...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** git in a checkout that may belong to somebody else. */
export function runGit(checkout: string, args: readonly string[]): string {
  return runProgram('git', ['-c', `safe.directory=${checkout}`, '-C', checkout, ...args])
}

/** npm under this Node, not under the machine's: what it compresses shall depend on one Node. */
export function runNpm(args: readonly string[], cwd: string): string {
  const { program, first, env } = npm()
  return runProgram(program, [...first, ...args], { cwd, env })
}

/** The same beside other things. */
export async function npmBeside(args: readonly string[], cwd: string): Promise<void> {
  const { program, first, env } = npm()
  await promisify(execFile)(program, [...first, ...args], { cwd, env, maxBuffer: 2 ** 28 })
}

function npm(): { readonly program: string; readonly first: readonly string[]; readonly env: NodeJS.ProcessEnv } {
  const found = spawnSync('/bin/sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).stdout.trim()
  if (found === '') throw new Error('could not find npm in PATH')
  const script = realpathSync(found)
  const env = {
    ...withoutNpm(process.env),
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    npm_config_update_notifier: 'false',
  }
  return script.endsWith('.js')
    ? { program: process.execPath, first: [script], env }
    : { program: script, first: [], env }
}

/** Under `npm run` an npm inside is told of the checkout outside; only where things are got from is to be kept. */
function withoutNpm(variables: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const kept = /^npm_config_(?:cache|registry|userconfig|globalconfig|(?:https?_|no)?proxy|cafile)$/i
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) =>
      value === undefined || (/^npm_/i.test(name) && !kept.test(name)) ? [] : [[name, value]],
    ),
  )
}
