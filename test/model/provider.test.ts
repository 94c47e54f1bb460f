import { describe, expect, test } from 'vitest'
import { allowedConnections, providerOf } from '../../src/model/provider.ts'

describe('F15 F29 what is known of a provider, by the host of its IMAP server', () => {
  test.each([
    ['imap.gmail.com', 'Gmail', 15, 2_500_000_000],
    ['imap.googlemail.com', 'Gmail', 15, 2_500_000_000],
    ['outlook.office365.com', 'Microsoft 365', 16, undefined],
    ['imap-mail.outlook.com', 'Microsoft 365', 16, undefined],
    ['imap.mail.yahoo.com', 'Yahoo', undefined, undefined],
    ['imap.mail.yahoo.co.jp', 'Yahoo', undefined, undefined],
    ['imap.aol.com', 'Yahoo', undefined, undefined],
    ['imap.mail.me.com', 'iCloud', undefined, undefined],
    ['imap.fastmail.com', 'Fastmail', undefined, undefined],
    ['imap.gmx.net', 'GMX', undefined, undefined],
    ['imap.web.de', 'WEB.DE', undefined, undefined],
    ['imap.yandex.com', 'Yandex', undefined, undefined],
    ['imap.zoho.eu', 'Zoho', undefined, undefined],
    ['notgmail.com', 'another server', undefined, undefined],
    ['gmail.com.example.org', 'another server', undefined, undefined],
    ['127.0.0.1', 'another server', undefined, undefined],
  ])('%s is %s', (host, ...known) => {
    const { name, connectionCeiling, dailyOctets } = providerOf(host)
    expect([name, connectionCeiling, dailyOctets]).toEqual(known)
  })

  test.each<[string, number | undefined, number | undefined, number]>([
    ['imap.gmail.com', undefined, undefined, 4],
    ['imap.gmail.com', 10, undefined, 10],
    ['imap.gmail.com', 100, undefined, 15],
    ['imap.gmail.com', 10, 2, 2],
    ['imap.gmail.com', undefined, 9, 4],
    ['imap.mail.yahoo.com', undefined, undefined, 3],
    ['mail.example.org', undefined, undefined, 4],
    ['mail.example.org', 40, undefined, 40],
    ['mail.example.org', undefined, 1, 1],
  ])(
    '%s with `connections` %s, and %s remembered, is asked for %i',
    (host, ...[configured, remembered, connections]) => {
      expect(allowedConnections(host, { configured, remembered })).toBe(connections)
    },
  )
})
