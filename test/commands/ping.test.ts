import { expect, test } from 'vitest'
import { parsePingUrl, pingFor, pingUrl } from '../../src/commands/ping.ts'
import { tellEnd, tellStart } from '../../src/commands/tell-monitor.ts'
import type { Pinging } from '../../src/commands/tell-monitor.ts'
import { AppError } from '../../src/model/errors.ts'

test.each([
  ['http://hc.example.org/ping/1', 'neither https nor http on this machine'],
  ['http://127.0.0.1.example.org/', 'neither https nor http on this machine'],
  ['http://localhost.example.org/', 'neither https nor http on this machine'],
  ['http://[::2]/', 'neither https nor http on this machine'],
  ['ftp://localhost/', 'neither https nor http on this machine'],
  ['file:///etc/passwd', 'neither https nor http on this machine'],
  ['hc.example.org/ping/1', 'no URL'],
  ['', 'no URL'],
  ['https://ada:tea-4-two@hc.example.org/', 'a URL with a password'],
  ['https://tea-4-two@hc.example.org/', 'a URL with a password'],
])('%s is refused, without being repeated', (text, what) => {
  const refused = (() => {
    try {
      return parsePingUrl(text)
    } catch (error) {
      return error
    }
  })()
  expect(refused).toMatchObject({ code: 'USAGE', message: `--ping was given ${what}` })
  expect(refused instanceof AppError && `${refused.message} ${refused.hint ?? ''}`).not.toContain('tea-4-two')
})

test.each([
  ['https://hc.example.org/ping/1', '/ping/1/start'],
  ['https://hc.example.org/ping/1/', '/ping/1/start'],
  ['https://hc.example.org', '/start'],
  ['http://127.1:8000/a%2Fb', '/a%2Fb/start'],
  ['http://[::1]/p', '/p/start'],
  ['http://localhost/p#x', '/p/start'],
])('%s is told of a start at %s', (text, path) => {
  const { pathname, hash } = pingUrl(parsePingUrl(text), 'start')
  expect([pathname, hash]).toEqual([path, ''])
})

test('a query stays, and success is told at the address itself', () => {
  const base = parsePingUrl('https://hc.example.org/ping/1/?rid=2')
  expect(pingUrl(base, 'fail').href).toBe('https://hc.example.org/ping/1/fail?rid=2')
  expect(pingUrl(base, undefined).href).toBe('https://hc.example.org/ping/1/?rid=2')
})

test('only what is to be tried later is neither success nor failure', () => {
  expect([pingFor(0), pingFor(1), pingFor(75), pingFor(77), pingFor(130)]).toEqual([
    undefined,
    'fail',
    'log',
    'fail',
    'fail',
  ])
})

/** A monitor that answers only when it is given up; time passes at once. */
function silentMonitor(): Pinging & { readonly waits: readonly number[] } {
  const waits: number[] = []
  return {
    waits,
    clock: {
      monotonicMs: () => 0,
      random: () => 0,
      delay: (ms) => {
        waits.push(ms)
        return Promise.resolve()
      },
    },
    sendPing: ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('could not ping x: no answer in time')))
      }),
  }
}

const url = new URL('https://hc.example.org/ping/1')
const end = { status: 0, code: undefined, result: undefined, startMs: 0, endMs: 0, accountEndsMs: new Map() } as const

test('five seconds after it was asked a monitor is given up, which is said', async () => {
  const context = silentMonitor()
  const why = 'could not ping x: no answer in time'
  expect([await tellStart(context, url), await tellEnd(context, url, end)]).toEqual([why, why])
  expect(context.waits).toEqual([5000, 5000])
})
