import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createReceiver } from '../../src/delivery/create-receiver.ts'
import type { Delivery, DeliveryOutcome } from '../../src/hooks/ports.ts'
import type { HookTarget } from '../../src/model/account.ts'
import { makeCertificate } from '../support/certificate.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { startReceiver } from './hook-receiver.ts'
import type { Answering } from './hook-receiver.ts'

const nowMs = 1_790_000_000_000
const lines = ['{"v":1,"seq":7,"mailbox":"Entwürfe \\u202e"}', '{"v":1,"seq":8,"mailbox":"x\\"y"}']

function deliveryTo(target: HookTarget): Delivery {
  const hook = { name: 'archive', target, kinds: undefined, mailbox: undefined, query: undefined }
  return { hook, id: 'archive/mail/7-8', lines }
}

interface Told {
  readonly outcome: DeliveryOutcome
  readonly output: readonly string[]
}

async function deliver(
  target: HookTarget,
  { limitMs = 20_000, signal = new AbortController().signal } = {},
): Promise<Told> {
  const output: string[] = []
  const receiver = createReceiver({
    version: '0.1.0',
    nowMs: () => nowMs,
    limitMs,
    environment: { PATH: process.env['PATH'] ?? '' },
    onOutput: (_, text) => output.push(text),
  })
  return { outcome: await receiver.deliver(deliveryTo(target), signal), output }
}

async function post(answer: Answering, limitMs = 20_000): Promise<DeliveryOutcome> {
  const { url } = await startReceiver({ answer })
  return (await deliver({ kind: 'url', url, secret: undefined }, { limitMs })).outcome
}

const partsOf = (outcome: DeliveryOutcome): readonly string[] => [
  outcome.kind,
  ...('reason' in outcome ? [outcome.reason] : []),
]

const said = (status: number): string => `the answer was HTTP status ${status}`

test.each([
  [200, { kind: 'delivered' }],
  [204, { kind: 'delivered' }],
  [302, { kind: 'refused', reason: `${said(302)}, and none is followed` }],
  [401, { kind: 'refused', reason: said(401) }],
  [404, { kind: 'refused', reason: said(404) }],
  [410, { kind: 'refused', reason: said(410) }],
  [408, { kind: 'unavailable', reason: said(408), retryAfterMs: 1000, isSuspect: false }],
  [425, { kind: 'unavailable', reason: said(425), retryAfterMs: 1000, isSuspect: false }],
  [429, { kind: 'unavailable', reason: said(429), retryAfterMs: 1000, isSuspect: false }],
  [500, { kind: 'unavailable', reason: said(500), retryAfterMs: 1000, isSuspect: true }],
  [503, { kind: 'unavailable', reason: said(503), retryAfterMs: 1000, isSuspect: false }],
])('an answer with status %i is told as it is meant', async (status, outcome) => {
  expect(await post(() => status)).toEqual(outcome)
})

test.each<[string, Answering, RegExp]>([
  ['closes before it answers', (_, response) => void response.socket?.destroy(), /^127\.0\.0\.1:\d+: socket hang up$/],
  [
    'closes in the middle of its answer',
    (_, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half', () => response.socket?.destroy())
      return undefined
    },
    /^127\.0\.0\.1:\d+: (?:aborted|the answer broke off)$/,
  ],
  [
    'wants to speak another protocol',
    (_, response) => {
      response.writeHead(101, { connection: 'upgrade', upgrade: 'other' }).flushHeaders()
      return undefined
    },
    /^127\.0\.0\.1:\d+: the connection ended without an answer$/,
  ],
])('a receiver that %s has taken nothing', async (_, answer, reason) => {
  expect(partsOf(await post(answer))).toEqual(['unavailable', expect.stringMatching(reason)])
})

test('a receiver that hangs is left when the time is up, and so is one whose answer never ends', async () => {
  const outcome = ['unavailable', expect.stringMatching(/: no answer within 0\.2 s$/)]
  expect(partsOf(await post(() => undefined, 200))).toEqual(outcome)
  expect(partsOf(await post((_, response) => void response.writeHead(200).write('x'), 200))).toEqual(outcome)
})

const endless: Answering = (_, response) => {
  response.writeHead(200)
  const more = (): void => void response.write(Buffer.alloc(65_536), more)
  more()
  return undefined
}

test('of a long answer the beginning is enough', async () => {
  expect(await post(endless)).toEqual({ kind: 'delivered' })
})

test('nobody listening, and a certificate that nobody trusts, are outages that name the host alone', async () => {
  const gone = await startReceiver()
  await gone.stop()
  const refused = await deliver({ kind: 'url', url: gone.url, secret: 'canary' })
  const secure = await startReceiver({ certificate: makeCertificate() })
  const untrusted = await deliver({ kind: 'url', url: secure.url, secret: 'canary' })
  expect([refused.outcome.kind, untrusted.outcome.kind, secure.told]).toEqual(['unavailable', 'unavailable', []])
  const text = JSON.stringify([refused.outcome, untrusted.outcome])
  expect([text.includes('secret-path'), text.includes('canary'), text.includes('ECONNREFUSED')]).toEqual([
    false,
    false,
    true,
  ])
})

/** Written by others: Python's hmac. */
const verify = `
import hmac, sys
secret, timestamp, signature = sys.argv[1:]
body = sys.stdin.buffer.read()
own = 'sha256=' + hmac.new(secret.encode(), timestamp.encode() + b'.' + body, 'sha256').hexdigest()
print('good' if hmac.compare_digest(own, signature) else 'bad')
`

test("a delivery is one JSON object, signed so that Python's hmac agrees", async () => {
  const receiver = await startReceiver()
  await deliver({ kind: 'url', url: receiver.url, secret: 'gehéim' })
  const [told] = receiver.told
  if (told === undefined) throw new Error('nobody was told')
  const { headers, body } = told
  expect(JSON.parse(body)).toEqual({
    v: 1,
    hook: 'archive',
    delivery: 'archive/mail/7-8',
    changes: lines.map((line): unknown => JSON.parse(line)),
  })
  expect([headers['x-mailmirror-delivery'], headers['x-mailmirror-timestamp'], headers['content-type']]).toEqual([
    'archive/mail/7-8',
    `${nowMs / 1000}`,
    'application/json',
  ])
  const judge = (secret: string): string =>
    execFileSync(
      'python3',
      ['-c', verify, secret, `${nowMs / 1000}`, `${headers['x-mailmirror-signature']?.toString()}`],
      {
        input: body,
        encoding: 'utf8',
      },
    ).trim()
  expect([judge('gehéim'), judge('other')]).toEqual(['good', 'bad'])
})

const shell = (script: string, ...rest: readonly string[]): HookTarget => ({
  kind: 'command',
  argv: ['/bin/sh', '-c', script, 'sh', ...rest],
})

test('S28 a program gets a line of JSON for each change, its arguments as they are, and a small environment', async () => {
  const folder = temporaryDirectory()
  const out = join(folder, 'out')
  const hostile = '$(touch pwned); `id` "\'\n'
  const { outcome } = await deliver(shell(`{ cat; printf '%s' "$2"; env; } >"$1"`, out, hostile))
  expect(outcome).toEqual({ kind: 'delivered' })
  const text = readFileSync(out, 'utf8')
  expect(text.startsWith(`${lines.join('\n')}\n${hostile}`)).toBe(true)
  expect(text).toContain('MAILMIRROR_DELIVERY=archive/mail/7-8')
  expect([text.includes('HOME='), existsSync('pwned')]).toEqual([false, false])
})

test.each<[string, string, DeliveryOutcome]>([
  ['exit 0', 'exit 0', { kind: 'delivered' }],
  ['exit 75', 'exit 75', { kind: 'unavailable', reason: 'exit status 75: it wants to be asked later' }],
  ['exit 1', 'cat >/dev/null; exit 1', { kind: 'refused', reason: 'exit status 1' }],
  ['a signal', 'kill -SEGV $$', { kind: 'refused', reason: 'it was ended by SIGSEGV' }],
])('a program that ends by %s is taken at its word', async (_, script, outcome) => {
  expect((await deliver(shell(script))).outcome).toEqual(outcome)
})

test('a program that is not there is an outage: no change is to blame', async () => {
  const { outcome } = await deliver({ kind: 'command', argv: ['/nonexistent/program'] })
  expect(partsOf(outcome)).toEqual(['unavailable', expect.stringContaining('ENOENT')])
})

test('S28 a program that hangs is killed with what it has started, and one that prints without end does no harm', async () => {
  const folder = temporaryDirectory()
  const pids = join(folder, 'pids')
  const hanging = shell(`sleep 600 & echo $$ $! >"$1"; wait`, pids)
  expect((await deliver(hanging, { limitMs: 500 })).outcome).toEqual({
    kind: 'unavailable',
    reason: 'it took longer than 0.5 s',
    isSuspect: true,
  })
  const [own, child] = readFileSync(pids, 'utf8').trim().split(' ').map(Number)
  expect([isRunning(own ?? 0), isRunning(child ?? 0)]).toEqual([false, false])
  const loud = await deliver(shell('head -c 50000000 /dev/zero | tr "\\0" x; exit 0'))
  expect([loud.outcome, loud.output.map((text) => text.length)]).toEqual([{ kind: 'delivered' }, [4096]])
})

test('a program that leaves its output open to another one is done when it ends', async () => {
  const pidFile = join(temporaryDirectory(), 'pid')
  const { outcome, output } = await deliver(shell('echo said; sleep 60 & echo $! >"$1"; exit 0', pidFile))
  const other = Number(readFileSync(pidFile, 'utf8'))
  expect([outcome, output, isRunning(other)]).toEqual([{ kind: 'delivered' }, ['said'], true])
  process.kill(other)
})

test('an attempt ends when it is interrupted', async () => {
  const target = shell('sleep 600')
  expect((await deliver(target, { signal: AbortSignal.timeout(200) })).outcome).toEqual({ kind: 'interrupted' })
  expect((await deliver(target, { signal: AbortSignal.abort() })).outcome).toEqual({ kind: 'interrupted' })
})

/** A zombie that nobody has fetched runs no more. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
