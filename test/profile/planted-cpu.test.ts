import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { homeAt } from '../support/mirrored-home.ts'
import { password } from '../support/run-sync.ts'
import { diagnosed, mail } from './diagnosed-run.ts'

const keywords = Array.from({ length: 60 }, (_, index) => `k${index}`).join(' ')

/** So many rows that nobody asked for, each with a long list of keywords. */
function rows(count: number): string {
  return Array.from({ length: count }, (_, index) => `* 1 FETCH (UID ${index + 5000} FLAGS (${keywords}))`).join('\r\n')
}

const tableOf = (name: string, port: number): string => `[accounts.${name}]
email = "${name}@example.org"
[accounts.${name}.imap]
host = "127.0.0.1"
port = ${port}
security = "none"
user = "${name}"
password = { env = "ADA_PASSWORD" }
`

test.each([2, 4])(
  'an account whose server sends %s times 150,000 rows with many keywords: our own CPU, whose it is, and who waited for it',
  async (times) => {
    const lines = Array<string>(times).fill(rows(150_000))
    const fault = { when: { command: / UID FETCH / }, times: 2, action: { kind: 'inject', lines } } as const
    await using bob = await startDemoServer({ store: mail(1, 3, 200), users: { bob: password }, faults: [fault] })
    await using alice = await startDemoServer({ store: mail(20, 3, 200), users: { alice: password }, latencyMs: 5 })
    const home = homeAt()
    const accounts = `${tableOf('bob', bob.port)}${tableOf('alice', alice.port)}`
    writeFileSync(home.config, `store = ${JSON.stringify(home.store)}\n${accounts}`)
    expect(await home.run('sync', '-q', '--no-index')).toMatchObject({ status: 0, stderr: '' })
    const { cause, sentence } = await diagnosed(home)
    expect([cause, sentence]).toEqual([
      'cpu',
      expect.stringMatching(
        /^\d+ % of the time is our own CPU, mostly bob \/ INBOX \/ UID FETCH; bob kept alice waiting [\d.]+ m?s\. Sync it by itself, at another time than the others: `mailmirror sync bob`\.$/,
      ),
    ])
  },
)
