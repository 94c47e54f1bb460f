import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer } from '../../src/demo/demo-server.ts'
import { homeAt } from '../support/mirrored-home.ts'
import type { Home } from '../support/mirrored-home.ts'
import { password } from '../support/run-sync.ts'
import { diagnosed, mail } from './diagnosed-run.ts'

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** Only one CPU is made busy: whoever else uses this machine has the others. */
const pinner = 'taskset'
const oneCpu = ['-c', '0']

/** Programs that take all the time they get, and end by themselves should nobody end them. */
class Hogs implements Disposable {
  readonly #children: readonly ChildProcess[]

  constructor(count: number) {
    const code = 'const end = Date.now() + 30000; while (Date.now() < end);'
    this.#children = Array.from({ length: count }, () => spawn(pinner, [...oneCpu, process.execPath, '-e', code]))
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill('SIGKILL')
  }
}

/** A first sync of this mail; `niceness`: how much nicer than others it is. */
async function syncNicely(server: DemoServer, niceness: number): Promise<Home> {
  const home = homeAt(server.port)
  const sync = [process.execPath, program, ...home.args('sync', '-q', '--no-index')]
  const child = spawn(pinner, [...oneCpu, 'nice', '-n', `${niceness}`, ...sync], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ADA_PASSWORD: password },
  })
  expect(await once(child, 'close')).toEqual([0, null])
  return home
}

test.each([
  [2, 6],
  [3, 3],
])(
  'a CPU with %s busy programs and a sync that is %s nicer than they: starved, and for how long',
  async (hogs, niceness) => {
    await using server = await startDemoServer({ store: mail(10, 60, 1000), users: { ada: password } })
    const alone = await diagnosed(await syncNicely(server, niceness))
    let home: Home
    {
      using _ = new Hogs(hogs)
      home = await syncNicely(server, niceness)
    }
    const { cause, share, sentence, json } = await diagnosed(home)
    expect([cause, sentence]).toEqual([
      'starved',
      expect.stringMatching(/^The machine is busy with something else: the sync waited [\d.]+ s of [\d.]+ s for a CPU/),
    ])
    const lost = 1 - Number(alone.json['elapsedMs']) / Number(json['elapsedMs'])
    expect(Math.abs(share - lost)).toBeLessThan(0.05)
  },
)
