import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface SlowLink extends AsyncDisposable {
  readonly port: number
}

/** A link to a port of this machine: `delay` milliseconds each way, `total` 10^6 octets per second in all. */
export async function openSlowLink(
  toPort: number,
  { delay, total }: { readonly delay: number; readonly total: number },
): Promise<SlowLink> {
  const script = fileURLToPath(new URL('latency.py', import.meta.url))
  const args = ['--delay', `${delay}`, '--total', `${total}`, '--port', '0', '--to-port', `${toPort}`]
  const proxy = spawn('python3', [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(proxy, 'exit')
  const [line] = await once(createInterface({ input: proxy.stdout }), 'line')
  const port = Number(/^port (\d+)/.exec(String(line))?.[1])
  if (!Number.isInteger(port)) throw new Error(`the link says ${String(line)}`)
  return {
    port,
    async [Symbol.asyncDispose]() {
      proxy.kill('SIGTERM')
      await ended
    },
  }
}
