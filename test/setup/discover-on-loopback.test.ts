import { once } from 'node:events'
import { createServer } from 'node:https'
import { expect, onTestFinished, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { MailStore } from '../../src/demo/mail-store.ts'
import { createServerProbe } from '../../src/imap/server-probe.ts'
import { createDnsLookup } from '../../src/lookup/dns-lookup.ts'
import { createTextFetcher } from '../../src/lookup/text-fetcher.ts'
import { discoverServers } from '../../src/setup/discover-servers.ts'
import type { DiscoveryPorts } from '../../src/setup/discover-servers.ts'
import { DnsServer } from '../servers/dns-server.ts'
import type { DnsRecord } from '../servers/dns-server.ts'
import { makeCertificate } from '../support/certificate.ts'

const authority = makeCertificate({ subject: 'Test Authority', isAuthority: true })
const here: readonly DnsRecord[] = [{ type: 'A', address: '127.0.0.1' }]
const question = { email: 'me@example.test', domain: 'example.test' }

interface World {
  readonly dns: DnsServer
  readonly ports: DiscoveryPorts
  /** `host/path` of each page that was asked for. */
  readonly visited: string[]
}

/** DNS and web of their own; a page is by `host/path`. */
async function world(
  records: Readonly<Record<string, readonly DnsRecord[]>>,
  pages: Readonly<Record<string, string>> = {},
): Promise<World> {
  const visited: string[] = []
  const names = ['autoconfig.example.test', 'example.test', 'autoconfig.thunderbird.net']
  const { key, cert } = makeCertificate({ names, issuer: authority })
  const web = createServer({ key, cert }, ({ headers, url }, response) => {
    const place = `${headers.host?.split(':')[0]}${url}`
    visited.push(place)
    const page = pages[place]
    response.writeHead(page === undefined ? 404 : 200).end(page ?? 'nothing')
  })
  web.listen(0, '127.0.0.1')
  await once(web, 'listening')
  onTestFinished(() => {
    web.closeAllConnections()
    web.close()
  })
  const address = web.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const dns = await DnsServer.start({ records })
  onTestFinished(() => dns[Symbol.asyncDispose]())
  const options = { servers: [dns.address] }
  return {
    dns,
    visited,
    ports: {
      dns: createDnsLookup(options),
      web: createTextFetcher({ dns: options, version: '1', ca: authority.cert, port }),
      probe: createServerProbe(),
      limit: () => AbortSignal.timeout(20_000),
    },
  }
}

const page = `<clientConfig version="1.1"><emailProvider id="example.test">
<incomingServer type="imap"><hostname>mail.example.test</hostname><port>993</port><socketType>SSL</socketType>
<username>%EMAILLOCALPART%</username></incomingServer></emailProvider></clientConfig>`

test('an address leads to its servers over DNS and HTTPS of our own', async () => {
  const { ports, visited } = await world(
    {
      'autoconfig.example.test': here,
      'example.test': [...here, { type: 'MX', priority: 1, exchange: 'mx.example.test' }],
      '_imaps._tcp.example.test': [{ type: 'SRV', port: 993, target: 'imap.example.test' }],
      '_submission._tcp.example.test': [{ type: 'SRV', port: 587, target: 'smtp.example.test' }],
      'autoconfig.thunderbird.net': here,
    },
    { 'example.test/.well-known/autoconfig/mail/config-v1.1.xml': page },
  )
  const { findings, outcomes } = await discoverServers(question, ports)
  expect(findings.map(({ source, imap, smtp }) => [source, imap?.host, imap?.user, smtp?.host])).toEqual([
    ['autoconfig', 'mail.example.test', 'me', undefined],
    ['srv', 'imap.example.test', undefined, 'smtp.example.test'],
  ])
  expect(outcomes.map(({ origin, result }) => `${origin}: ${result}`)).toEqual([
    'autoconfig of example.test: nothing',
    '.well-known of example.test: found',
    'the public autoconfig database: nothing',
    'SRV records of example.test: found',
    'mail exchanger of example.test: nothing',
  ])
  expect(visited.toSorted()).toEqual([
    'autoconfig.example.test/mail/config-v1.1.xml?emailaddress=me%40example.test',
    'autoconfig.thunderbird.net/v1.1/example.test',
    'example.test/.well-known/autoconfig/mail/config-v1.1.xml',
  ])
})

test('a domain of which nobody has heard has its usual names looked up, and no server is tried that has no address', async () => {
  const { ports, dns } = await world({})
  const { findings } = await discoverServers(question, ports)
  expect(findings).toEqual([])
  expect(dns.questions).toEqual(
    expect.arrayContaining([
      'MX example.test',
      'SRV _submissions._tcp.example.test',
      'A imap.example.test',
      'A mail.example.test',
    ]),
  )
})

test('a page under a certificate for another name is not believed', async () => {
  const host = 'autoconfig.example.test'
  const { ports, visited } = await world({ [host]: here, 'other.test': here })
  await expect(ports.web.fetchText('https://other.test/x', ports.limit())).rejects.toThrow(
    'ERR_TLS_CERT_ALTNAME_INVALID',
  )
  expect(visited).toEqual([])
})

test('a guess is a server that answers under a certificate that is valid', async () => {
  const server = await startDemoServer({ store: new MailStore(), users: {}, tls: makeCertificate() })
  onTestFinished(() => server.close())
  const { ports } = await world({ 'imap.example.test': here })
  const place = { host: 'localhost', port: server.port, security: 'tls' } as const
  const dns = { ...ports.dns, hasAddress: () => Promise.resolve(true) }
  const probe: DiscoveryPorts['probe'] = {
    // The usual ports are not ours to listen on.
    capabilities: (_, trust, signal) => ports.probe.capabilities(place, trust, signal),
  }
  const found = await discoverServers(question, { ...ports, dns, probe })
  expect(found.findings).toEqual([])
  const last = found.outcomes.at(-1)
  expect([last?.result, last?.why]).toEqual(['failed', expect.stringContaining('it is signed by itself')])
})
