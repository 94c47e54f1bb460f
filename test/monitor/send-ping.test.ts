import { expect, test } from 'vitest'
import { sendPing } from '../../src/monitor/send-ping.ts'
import { makeCertificate } from '../support/certificate.ts'
import { freePort } from '../servers/ports.ts'
import { startMonitor } from './monitor-server.ts'

const open = new AbortController().signal

const post = (port: number, protocol = 'http') =>
  ({
    url: new URL(`${protocol}://localhost:${port}/ping/secret?rid=1`),
    method: 'POST',
    text: 'fünf\n',
    version: '1.2.3',
    signal: open,
  }) as const

test('a ping is one request with a text, or none', async () => {
  await using monitor = await startMonitor()
  await sendPing(post(monitor.port))
  await sendPing({ ...post(monitor.port), method: 'GET', text: undefined })
  expect(monitor.told).toEqual([
    { method: 'POST', path: '/ping/secret?rid=1', text: 'fünf\n' },
    { method: 'GET', path: '/ping/secret?rid=1', text: '' },
  ])
})

test.each([301, 404, 500])('an answer with status %d is none, and leads nowhere', async (status) => {
  await using monitor = await startMonitor({ status })
  await expect(sendPing(post(monitor.port))).rejects.toMatchObject({
    code: 'SERVER_UNREACHABLE',
    message: `could not ping localhost:${monitor.port}: the answer was status ${status}`,
  })
  expect(monitor.told).toHaveLength(1)
})

test('an answer that never ends is not read', async () => {
  await using monitor = await startMonitor({ status: 200, endless: true })
  await sendPing(post(monitor.port))
  await monitor.hungUp
  expect(monitor.told).toHaveLength(1)
})

test('a monitor that does not answer is given up, and the path of its address is not told', async () => {
  await using monitor = await startMonitor({ status: undefined })
  const limit = new AbortController()
  const sent = sendPing({ ...post(monitor.port), signal: limit.signal })
  limit.abort()
  await expect(sent).rejects.toMatchObject({ message: `could not ping localhost:${monitor.port}: no answer in time` })
})

test('nobody listens, or with a certificate that nobody vouches for', async () => {
  const port = await freePort()
  await expect(sendPing(post(port))).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' })
  await using monitor = await startMonitor({ status: 200, certificate: makeCertificate() })
  await expect(sendPing(post(monitor.port, 'https'))).rejects.toThrow('self-signed certificate')
  expect(monitor.told).toEqual([])
})
