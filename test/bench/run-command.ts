import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

export interface Command {
  readonly argv: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

export interface RunOptions {
  /** Both outputs are appended to this file. */
  readonly outputFile: string
  readonly signal: AbortSignal
}

/** Runs a command without input; resolves to its exit status, 128 + N when signal N ended it. When the signal fires, the
 *  command and all that it has started are killed, and the promise rejects. */
export async function runCommand(command: Command, { outputFile, signal }: RunOptions): Promise<number> {
  signal.throwIfAborted()
  const [program = '', ...args] = command.argv
  const output = openSync(outputFile, 'a')
  const child = spawn(program, args, {
    detached: true, // a process group of its own, which can be ended as a whole
    stdio: ['ignore', output, output],
    env: { ...process.env, ...command.environment },
  })
  closeSync(output)
  const kill = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }
  signal.addEventListener('abort', kill)
  try {
    const status = await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => resolve(code ?? 128))
    })
    signal.throwIfAborted()
    return status
  } finally {
    signal.removeEventListener('abort', kill)
  }
}
