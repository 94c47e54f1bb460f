import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

export interface ShellResult {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command with `sh` and no variables but these. Asynchronous: servers of the test's own can answer it. */
export async function startShell(command: string, variables: Readonly<Record<string, string>>): Promise<ShellResult> {
  const child = spawn('/bin/sh', ['-c', command], { env: variables, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { status: child.exitCode, stdout, stderr }
}
