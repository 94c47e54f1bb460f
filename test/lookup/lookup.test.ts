import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDnsLookup } from '../../src/lookup/dns-lookup.ts'
import { createTextFetcher } from '../../src/lookup/text-fetcher.ts'
import { DnsServer } from '../servers/dns-server.ts'
import type { DnsServerOptions } from '../servers/dns-server.ts'
import { makeCertificate } from '../support/certificate.ts'

const whenever = new AbortController().signal
const records = {
  'example.test': [
    { type: 'MX', priority: 20, exchange: 'b.example.test' },
    { type: 'MX', priority: 10, exchange: 'a.example.test' },
  ],
  '_imaps._tcp.example.test': [
    { type: 'SRV', port: 993, target: 'imap.example.test', priority: 1, weight: 2 },
    { type: 'SRV', port: 1, target: '.' },
  ],
  'autoconfig.example.test': [{ type: 'A', address: '127.0.0.1' }],
  'localhost.example.test': [{ type: 'A', address: '127.0.0.1' }],
} as const

async function dnsServer(options: Partial<DnsServerOptions> = {}): Promise<DnsServer> {
  const server = await DnsServer.start({ records, ...options })
  onTestFinished(async () => server[Symbol.asyncDispose]())
  return server
}

async function lookup(options: Partial<DnsServerOptions> = {}) {
  const server = await dnsServer(options)
  return createDnsLookup({ servers: [server.address], timeoutMs: 50 })
}

describe('the DNS', () => {
  test('tells SRV and MX records, and whether a name has an address', async () => {
    const dns = await lookup()
    expect(await dns.srv('_imaps._tcp.example.test', whenever)).toEqual([
      { target: 'imap.example.test', port: 993, priority: 1, weight: 2 },
      { target: '', port: 1, priority: 0, weight: 0 },
    ])
    expect(await dns.mx('example.test', whenever)).toEqual(['a.example.test', 'b.example.test'])
    expect(await dns.hasAddress('autoconfig.example.test', whenever)).toBe(true)
  })

  test('that knows no such name or record has none, which is no failure', async () => {
    const dns = await lookup()
    expect(await dns.srv('_imap._tcp.example.test', whenever)).toEqual([])
    expect(await dns.mx('autoconfig.example.test', whenever)).toEqual([])
    expect(await dns.hasAddress('nowhere.test', whenever)).toBe(false)
  })

  test('that is silent, or talks nonsense, is a failure', async () => {
    const silent = await lookup({ silentAbout: ['example.test'] })
    await expect(silent.mx('example.test', whenever)).rejects.toThrow('no DNS server answered in time')
    const mad = await lookup({ replaceBy: (answer) => Buffer.concat([answer.subarray(0, 12), Buffer.alloc(40, 0xff)]) })
    await expect(mad.mx('example.test', whenever)).rejects.toThrow(/DNS/)
  })

  test('is not waited for once the signal has fired', async () => {
    const server = await dnsServer({ silentAbout: ['example.test'] })
    const dns = createDnsLookup({ servers: [server.address], timeoutMs: 60_000 })
    const giving = new AbortController()
    const asked = dns.mx('example.test', giving.signal)
    giving.abort()
    await expect(asked).rejects.toThrow('no answer in time')
    await expect(dns.mx('example.test', giving.signal)).rejects.toThrow('aborted')
  })
})

const authority = makeCertificate({ subject: 'Test Authority', isAuthority: true })
const certificate = makeCertificate({ names: ['autoconfig.example.test'], issuer: authority })

async function webServer(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const web = createServer({ key: certificate.key, cert: certificate.cert }, answer)
  web.listen(0, '127.0.0.1')
  await once(web, 'listening')
  onTestFinished(() => {
    web.closeAllConnections()
    web.close()
  })
  const address = web.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const dns = { servers: [(await dnsServer()).address], timeoutMs: 50 }
  const fetcher = createTextFetcher({ dns, port, ca: authority.cert, version: '1' })
  return (path = '/', host = 'autoconfig.example.test') => fetcher.fetchText(`https://${host}${path}`, whenever)
}

describe('a text by HTTPS', () => {
  test('comes as it is, from where our DNS says', async () => {
    const fetchText = await webServer((request, response) =>
      response.end(`ü ${request.url} ${request.headers.host?.split(':')[0]}`),
    )
    expect(await fetchText('/mail/config?x=%40')).toBe('ü /mail/config?x=%40 autoconfig.example.test')
  })

  test.each([404, 500, 204])('is not there under status %i', async (status) => {
    const fetchText = await webServer((_, response) => response.writeHead(status).end(status === 204 ? '' : 'no'))
    expect(await fetchText()).toBe(undefined)
  })

  test('is followed from page to page, a few times', async () => {
    const fetchText = await webServer(({ url = '' }, response) => {
      const count = Number(url.slice(1))
      if (count === 0) response.end('there')
      else response.writeHead(302, { location: `/${count - 1}` }).end()
    })
    expect(await fetchText('/3')).toBe('there')
    await expect(fetchText('/4')).rejects.toThrow('from page to page')
  })

  test.each([
    ['http://autoconfig.example.test/', 'not protected by TLS'],
    ['https://a:b@autoconfig.example.test/', 'a password in its address'],
  ])('is not followed to %s', async (location, why) => {
    const fetchText = await webServer((_, response) => response.writeHead(301, { location }).end())
    await expect(fetchText()).rejects.toThrow(why)
  })

  test('is refused above 64 KB, and where it is not UTF-8', async () => {
    const fetchText = await webServer(({ url }, response) =>
      response.end(
        url === '/large' ? 'x'.repeat(64 * 1024 + 1) : url === '/most' ? 'x'.repeat(65_536) : Buffer.from([0xff]),
      ),
    )
    expect(await fetchText('/most')).toHaveLength(65_536)
    await expect(fetchText('/large')).rejects.toThrow('larger than 64 KB')
    await expect(fetchText('/odd')).rejects.toThrow('not valid')
  })

  test('is refused under a certificate for another name, and where there is no host', async () => {
    const fetchText = await webServer((_, response) => response.end('x'))
    await expect(fetchText('/', 'localhost.example.test')).rejects.toThrow('ERR_TLS_CERT_ALTNAME_INVALID')
    await expect(fetchText('/', 'nowhere.test')).rejects.toThrow('there is no such host')
  })

  test('that breaks off is a failure', async () => {
    const fetchText = await webServer((_, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('half')
      response.flushHeaders()
      response.socket?.end()
    })
    await expect(fetchText()).rejects.toThrow('aborted')
  })
})
