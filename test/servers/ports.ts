import type { ChildProcess } from 'node:child_process'
import { connect, createServer } from 'node:net'
import type { Server } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

const GREETING_PATIENCE_MS = 20_000

/** Ports that nobody listens on now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers: Server[] = []
  const ports: number[] = []
  for (let i = 0; i < count; i++) {
    const server = createServer()
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address !== null && typeof address === 'object') ports.push(address.port)
    servers.push(server)
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve))
  return ports
}

/** Whether the server greets before its process ends; by default as IMAP servers do. */
export async function greets(port: number, keeper: ChildProcess, beginning = '* OK'): Promise<boolean> {
  const deadline = performance.now() + GREETING_PATIENCE_MS
  while (keeper.exitCode === null && keeper.signalCode === null && performance.now() < deadline) {
    if ((await greeting(port)).startsWith(beginning)) return true
    await delay(20)
  }
  return false
}

async function greeting(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.setTimeout(GREETING_PATIENCE_MS, () => socket.destroy())
  const greeted = await new Promise<string>((resolve) => {
    socket.once('data', (octets) => resolve(octets.toString('latin1')))
    socket.once('error', () => resolve('')).once('close', () => resolve(''))
  })
  socket.destroy()
  return greeted
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1)
  return port
}
