import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { homeAt } from '../support/mirrored-home.ts'
import { password } from '../support/run-sync.ts'
import { diagnosed, mail, profileOf } from './diagnosed-run.ts'

const names = ['ada', 'bea', 'cyd', 'dan', 'eve']

test.each([3, 5])(
  'one connection for %s accounts: our own limit, who waited longest, and what more would give',
  async (accounts) => {
    const own = names.slice(0, accounts)
    const users = Object.fromEntries(own.map((name) => [name, password]))
    await using server = await startDemoServer({ store: mail(4, 3, 200), users, latencyMs: 25 })
    const cameAt: number[] = []
    const run = (): void => void cameAt.push(performance.now())
    server.faults.add({ when: { command: /^GREETING/ }, action: { kind: 'run', run } })
    const home = homeAt()
    const tables = own.map(
      (name) => `[accounts.${name}]
email = "${name}@example.org"
[accounts.${name}.imap]
host = "127.0.0.1"
port = ${server.port}
security = "none"
user = "${name}"
password = { env = "ADA_PASSWORD" }
`,
    )
    writeFileSync(home.config, `store = ${JSON.stringify(home.store)}\nconnections = 1\n${tables.join('')}`)
    expect(await home.run('sync', '-q', '--no-index')).toMatchObject({ status: 0, stderr: '' })
    const { cause, share, sentence, json } = await diagnosed(home)
    expect([cause, sentence]).toEqual([
      'pool',
      expect.stringMatching(
        /^\d+ % of the time an account had to wait for its turn, \w+ for [\d.]+ m?s: no more than 1 connection may be open at once\. Raise `connections` in the config: \d would be \d\.\d times faster at best/,
      ),
    ])
    // The last one waits for all others, as the server sees them come.
    const waitedMs = (cameAt.at(-1) ?? 0) - (cameAt[0] ?? 0)
    expect(cameAt).toHaveLength(accounts)
    expect(Math.abs(share - waitedMs / Number(json['elapsedMs']))).toBeLessThan(0.05)
  },
)

test.each([1, 2])('a server that bears %s of four connections: its limit, and not ours', async (maxConnections) => {
  const { cause, sentence } = await profileOf(mail(30, 3, 200), { latencyMs: 25, maxConnections }, 'connections = 4')
  expect([cause, sentence]).toEqual([
    'ceiling',
    expect.stringMatching(
      new RegExp(
        String.raw`^\d+ % of the time waiting for the server of ada, which bears no more than ${maxConnections} connections? at once where 4 are allowed here: `,
      ),
    ),
  ])
})
