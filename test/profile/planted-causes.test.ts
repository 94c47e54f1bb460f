import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { FaultRule } from '../../src/demo/faults.ts'
import { homeAt, mailOf, parsed } from '../support/mirrored-home.ts'
import { password } from '../support/run-sync.ts'
import { letter, mail, profileOf } from './diagnosed-run.ts'

test.each([40, 70])(
  'a server that takes %s ms to answer: latency, by the account that waits and what more connections would give',
  async (latencyMs) => {
    const { cause, share, sentence, json, commands } = await profileOf(mail(12, 3, 200), { latencyMs })
    expect(cause).toBe('latency')
    // Logins are another state; LOGOUT is waited for by nobody.
    const asked = commands.filter((line) => !/ (?:CAPABILITY|LOGIN|AUTHENTICATE|ID|LOGOUT)\b/.test(line))
    expect(Math.abs(share - (asked.length * latencyMs) / Number(json['elapsedMs']))).toBeLessThan(0.05)
    expect(sentence).toMatch(
      /^\d+ % of the time waiting for the first octet of ada .*median \d+ ms per command\. \d+ connections would be \d\.\d times faster at best\.$/,
    )
  },
)

test.each([200_000, 600_000])(
  'a link of %s octets a second: bandwidth, and its rate within a fifth',
  async (octetsPerSecond) => {
    const store = mail(1, 40, octetsPerSecond / 20)
    const { cause, share, sentence, json } = await profileOf(store, { octetsPerSecond })
    expect(cause).toBe('bandwidth')
    expect(Math.abs(share - 2000 / Number(json['elapsedMs']))).toBeLessThan(0.05)
    const [, rate = '', unit = ''] = / ([\d.]+) (kB|MB)\/s per connection/.exec(sentence) ?? []
    const told = Number(rate) * (unit === 'MB' ? 1e6 : 1000)
    expect(Math.abs(told / octetsPerSecond - 1)).toBeLessThan(0.2)
  },
)

test.each([8, 30])(
  'a server that slows down to %s times after some commands: throttling, and from where',
  async (times) => {
    const slow: FaultRule = {
      when: { command: / EXAMINE "Box (?:1[2-9]|[23]\d)"/ },
      action: { kind: 'delay', ms: 5 * times },
    }
    const all: FaultRule = { when: { command: / EXAMINE / }, action: { kind: 'delay', ms: 5 } }
    const { cause, sentence } = await profileOf(mail(36, 1, 100), { faults: [all, slow] })
    expect([cause, sentence]).toEqual([
      'throttled',
      expect.stringMatching(/^From command 1\d on, the server of ada answers EXAMINE \d+\.\d times slower/),
    ])
  },
)

test.each([
  [3200, {}, 'before its first octet'],
  [5000, { afterOctets: 3000 }, 'in its midst'],
] as const)(
  'a server that stands still once for %s ms: stalled, where, how long, and its share',
  async (ms, place, where) => {
    const { cause, share, sentence, json } = await profileOf(mail(4, 10, 2000), {
      latencyMs: 2,
      faults: [
        {
          when: { command: /UID FETCH .*BODY/, nth: 2 },
          action: { kind: 'delay', ms, ...place },
        },
      ],
    })
    expect([cause, sentence]).toEqual([
      'stalled',
      expect.stringMatching(
        new RegExp(
          String.raw`^\d+ % of the time the server of ada sent nothing at all: ada / .* / UID FETCH stood still for ${(ms / 1000).toFixed(1)} s ${where}\. `,
        ),
      ),
    ])
    expect(Math.abs(share - ms / Number(json['elapsedMs']))).toBeLessThan(0.05)
  },
)

test.each([1500, 2500])('a server that asks for a pause of %s ms: its wait, and what to do', async (ms) => {
  const text = `[THROTTLED] Suggested Backoff Time: ${ms} milliseconds`
  const { cause, sentence } = await profileOf(mail(1, 3, 100), {
    faults: [{ when: { command: / EXAMINE / }, times: 1, action: { kind: 'answer', status: 'NO', text } }],
  })
  expect([cause, sentence]).toEqual([
    'backoff',
    expect.stringMatching(/waiting because the server of ada asked for it/),
  ])
})

test('what is quick has nothing to be made faster, whatever it waits for', async () => {
  for (let number = 0; number < 5; number++) {
    const { cause, sentence, json } = await profileOf(mail(3, 20, 500), {})
    // A machine that is busy with something else may be slow.
    if (Number(json['elapsedMs']) >= 1000) continue
    expect([cause, sentence]).toEqual([
      'none',
      expect.stringMatching(/^The run took \d+ ms: there is nothing to make faster\.$/),
    ])
  }
})

test('the blame of a run and what nobody is to blame for sum to its time', async () => {
  const { json } = await profileOf(mail(6, 10, 2000), { latencyMs: 10 }, 'connections = 3')
  const { elapsedMs, unblamedMs, sums } = json
  const blame = (Array.isArray(sums) ? sums : []).flatMap((one) => {
    const { blameMs } = parsed(JSON.stringify(one))
    return Object.values(parsed(JSON.stringify(blameMs))).map(Number)
  })
  const total = blame.reduce((sum, ms) => sum + ms, Number(unblamedMs))
  expect(total).toBeCloseTo(Number(elapsedMs), 1)
})

test('a mailbox with a hostile name is harmless in every format', async () => {
  const name = 'a;b\u001b[2J </script>'
  await using server = await startDemoServer({ store: mailOf({ [name]: [letter(1, 100)] }), users: { ada: password } })
  const { run } = homeAt(server.port)
  expect((await run('sync', '-q')).status).toBe(0)
  for (const format of ['text', 'json', 'folded', 'trace']) {
    const { status, stdout } = await run('profile', 'report', '--format', format)
    expect([status, stdout.includes('\u001b'), stdout.includes('a;b')]).toEqual([0, false, false])
  }
  const { stdout } = await run('profile', 'report', '--format', 'folded')
  for (const line of stdout.trim().split('\n')) expect(line).toMatch(/^.+ \d+$/)
})
