import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { isInstalled } from '../support/is-installed.ts'
import { homeAt, letterOf, mailOf } from '../support/mirrored-home.ts'
import { startCommand } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Both are systemd's own, or stand for it. */
const hasManager = isInstalled('systemd-notify') && isInstalled('python3')

/** Prints each datagram in one line, its lines parted by a blank, and when it came by the clock that systemd uses. */
const listener = `
import socket, sys, time
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
print("bound", flush=True)
while True:
    text = server.recv(65536).decode()
    print(time.monotonic_ns() // 1000, *text.strip().split("\\n"), sep="\\t", flush=True)
`

interface Told {
  readonly atMicros: number
  readonly states: readonly string[]
}

/** What a manager hears on a socket of its own, as sd_notify(3) says it. */
class Manager implements Disposable {
  readonly socket = join(temporaryDirectory(), 'notify')
  readonly #child = spawn('python3', ['-c', listener, this.socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  readonly #lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()

  async bound(): Promise<void> {
    await this.#line()
  }

  /** The next datagram that says anything; what systemd-notify says of itself is left out. */
  async next(): Promise<Told> {
    for (;;) {
      const [at = '', ...states] = (await this.#line()).split('\t')
      const said = states.filter((state) => !/^(?:BARRIER|MAINPID)=/.test(state))
      if (said.length > 0) return { atMicros: Number(at), states: said }
    }
  }

  async #line(): Promise<string> {
    const line = await this.#lines.next()
    if (line.done === true) throw new Error('the listener has ended')
    return line.value
  }

  [Symbol.dispose](): void {
    this.#child.kill()
  }
}

test.skipIf(!hasManager)('systemd is told when a watch is ready, lives, reads its config anew and stops', async () => {
  const mail = mailOf({ INBOX: [letterOf('first')] })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  using manager = new Manager()
  await manager.bound()
  const variables = { NOTIFY_SOCKET: manager.socket, WATCHDOG_USEC: '600000000' }
  const command = startCommand(homeAt(server.port).args('watch', '-q'), variables)

  expect((await manager.next()).states).toEqual(['READY=1', 'STATUS=watching 1 account'])
  expect((await manager.next()).states).toEqual(['WATCHDOG=1'])
  const before = process.hrtime.bigint() / 1000n
  command.child.kill('SIGHUP')
  const reloading = await manager.next()
  const since = Number(/^MONOTONIC_USEC=(\d+)$/.exec(reloading.states[1] ?? '')?.[1])
  expect(reloading.states).toEqual(['RELOADING=1', `MONOTONIC_USEC=${since}`])
  expect(since).toBeGreaterThanOrEqual(Number(before))
  expect(since).toBeLessThanOrEqual(reloading.atMicros)
  expect((await manager.next()).states).toEqual(['READY=1', 'STATUS=watching 1 account'])
  command.child.kill('SIGTERM')
  expect((await manager.next()).states).toEqual(['STOPPING=1'])
  expect(await command.ended).toMatchObject({ status: 143, stdout: '', stderr: '' })
})
