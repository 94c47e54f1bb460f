import { describe, expect, test } from 'vitest'
import { allowedConnections, dailyBudget, keepsSentCopies } from '../../src/model/provider.ts'

describe('F15 F29 what is known of a provider, by the host of its IMAP server', () => {
  test.each<[string, number, number | undefined]>([
    ['imap.gmail.com', 15, 2_500_000_000],
    ['imap.googlemail.com', 15, 2_500_000_000],
    ['outlook.office365.com', 16, undefined],
    ['imap-mail.outlook.com', 16, undefined],
    ['imap.mail.yahoo.com', 1000, undefined],
    ['notgmail.com', 1000, undefined],
    ['not-gmail.com', 1000, undefined],
    ['gmail.com.example.org', 1000, undefined],
    ['127.0.0.1', 1000, undefined],
  ])('%s bears %i of a thousand connections, and %s octets a day', (host, connections, octets) => {
    expect(allowedConnections(host, { configured: 1000, remembered: undefined })).toBe(connections)
    expect(dailyBudget(host, undefined)).toBe(octets)
    expect(dailyBudget(host, 7)).toBe(7)
  })

  test.each([
    'outlook.office365.com',
    'imap.mail.yahoo.com',
    'imap.mail.yahoo.co.jp',
    'imap.aol.com',
    'imap.mail.me.com',
    'imap.gmx.net',
    'imap.web.de',
    'imap.yandex.com',
    'imap.zoho.eu',
  ])('%s is asked for three unless the config says otherwise', (host) => {
    expect(allowedConnections(host, { configured: undefined, remembered: undefined })).toBe(3)
    expect(allowedConnections(host, { configured: 8, remembered: undefined })).toBe(8)
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

test.each<[string, boolean]>([
  ['smtp.gmail.com', true],
  ['smtp.googlemail.com', true],
  ['SMTP.Gmail.com.', true],
  ['smtp.office365.com', true],
  ['smtp-mail.outlook.com', true],
  ['smtp-relay.gmail.com', false],
  ['imap.gmail.com', false],
  ['smtp.gmail.com.example.org', false],
  ['smtp.mail.me.com', false],
  ['smtp.example.org', false],
  ['127.0.0.1', false],
  ['', false],
])('whether %s keeps what it has sent: %s', (host, keeps) => {
  expect(keepsSentCopies(host)).toBe(keeps)
})
