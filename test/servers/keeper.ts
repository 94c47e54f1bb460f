import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'

const GRACE_MS = 1000

/** Ends a server when its own standard input ends, that is: also when the process that started it was killed. Some of a
 *  server's processes outlive their master for a while; all of them share the keeper's process group. */
const KEEPER = `exec 3<&0
"$@" </dev/null 3<&- &
server=$!
(read -r _ <&3; trap '' TERM; kill 0) &
reader=$!
trap : TERM
status=1
while kill -0 "$server" 2>/dev/null; do
  wait "$server"
  status=$?
done
kill "$reader" 2>/dev/null
exit "$status"`

/** Starts a server that stays in the foreground, under a keeper. What it complains of comes out of the keeper's stderr. */
export function startKept(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): ChildProcess & { readonly complaint: () => string } {
  const keeper = spawn('sh', ['-c', KEEPER, 'keeper', ...argv], {
    detached: true,
    env: environment,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  // A keeper that has already ended breaks the pipe; its end is reported elsewhere.
  keeper.stdin.on('error', () => undefined)
  let complaint = ''
  keeper.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  return Object.assign(keeper, { complaint: () => complaint })
}

/** Ends a keeper, its server and all of the server's processes. Twice is the same as once. `graceMs`: how
 *  long it may take its leave. */
export async function endKept(keeper: ChildProcess, graceMs = GRACE_MS): Promise<void> {
  if (keeper.exitCode === null && keeper.signalCode === null && graceMs > 0) {
    const ended = new Promise((resolve) => keeper.once('exit', resolve))
    keeper.stdin?.end()
    await Promise.race([ended, delay(graceMs)])
  }
  // All were asked to end; what is left has no work to do.
  killGroup(keeper)
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
