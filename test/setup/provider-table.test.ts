import { expect, test } from 'vitest'
import { checkedHost, isPort } from '../../src/setup/host-names.ts'
import { findingOf, providerOfDomain, providerOfExchanger } from '../../src/setup/known-provider.ts'
import { providers } from '../../src/setup/provider-table.ts'

const told = { source: 'provider-table', origin: 'x', needsConsent: false } as const

test('each known provider has servers under TLS that can be named, or says why not', () => {
  expect(providers.length).toBeGreaterThan(40)
  for (const provider of providers) {
    const { imap, smtp, hints } = findingOf(provider, 'me@example.org', told)
    expect([provider.name, imap === undefined, smtp === undefined]).toEqual([
      provider.name,
      imap === undefined,
      imap === undefined,
    ])
    expect(imap !== undefined || hints.length > 0).toBe(true)
    for (const server of [imap, smtp]) {
      if (server === undefined) continue
      const { host, port, security } = server
      expect([provider.name, host === '127.0.0.1' ? host : checkedHost(host), isPort(port), security]).toEqual([
        provider.name,
        host,
        true,
        [993, 465].includes(port) ? 'tls' : 'starttls',
      ])
    }
    for (const hint of hints) expect(hint).toMatch(/^[^\n]{10,140}$/)
  }
})

test('no domain and no exchanger belongs to two providers, and each is a name', () => {
  for (const names of [providers.flatMap(({ domains }) => domains), providers.flatMap(({ mx }) => mx)]) {
    expect(new Set(names).size).toBe(names.length)
    expect(names.map(checkedHost)).toEqual(names)
  }
  expect(providers.filter(({ domains, mx }) => domains.length + mx.length === 0)).toEqual([])
})

test.each([
  ['aspmx.l.google.com', 'Gmail'],
  ['example-org.mail.protection.outlook.com', 'Microsoft 365'],
  ['in1-smtp.messagingengine.com', 'Fastmail'],
  ['mx00.kundenserver.de', 'IONOS'],
  ['notgoogle.com', undefined],
])('the exchanger %s is that of %s', (host, name) => {
  expect(providerOfExchanger(host)?.name).toBe(name)
})

test('a domain below one of a provider is not its own', () => {
  expect(providerOfDomain('gmail.com')?.name).toBe('Gmail')
  expect(providerOfDomain('x.gmail.com')).toBe(undefined)
})
