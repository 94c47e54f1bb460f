import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { password } from './run-sync.ts'

const entry = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

export interface CommandResult {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningCommand {
  readonly child: ChildProcess
  /** Called with each whole line of stdout; set it before anything is awaited. */
  onLine: (line: string) => void
  readonly ended: Promise<CommandResult>
}

/** A home of its own with a config file for one account `ada` on a server at `port`; what a user would have written. */
export function writeHome(
  directory: string,
  port: number,
  extra = '',
): { readonly config: string; readonly store: string } {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const config = join(directory, 'config.toml')
  const store = join(directory, 'mail.db')
  const text = `store = ${JSON.stringify(store)}
[accounts.ada]
email = "ada@example.org"
${extra}
[accounts.ada.imap]
host = "127.0.0.1"
port = ${port}
security = "none"
user = "ada"
password = { env = "ADA_PASSWORD" }
`
  writeFileSync(config, text, { mode: 0o600 })
  return { config, store }
}

/** Runs in a bare environment like cron's. */
export function startCommand(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): RunningCommand {
  return startProgram(args, {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ADA_PASSWORD: password, ...variables },
  })
}

/** The built program itself, without a launcher in between, and with no other variables than `env`. */
export function startProgram(
  args: readonly string[],
  {
    input,
    ...place
  }: { readonly env: Readonly<Record<string, string>>; readonly cwd?: string; readonly input?: string | Uint8Array },
): RunningCommand {
  const child = spawn(process.execPath, [entry, ...args], { ...place, stdio: ['pipe', 'pipe', 'pipe'] })
  // A program that does not read its input may end before it is written.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input ?? '')
  const output = { stdout: '', stderr: '', partial: '' }
  const running: RunningCommand = {
    child,
    onLine: () => undefined,
    ended: new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (status, signal) => resolve({ status, signal, stdout: output.stdout, stderr: output.stderr }))
    }),
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
    const lines = (output.partial + text).split('\n')
    output.partial = lines.pop() ?? ''
    for (const line of lines) running.onLine(line)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  return running
}

export async function runCommand(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return startCommand(args, variables).ended
}
