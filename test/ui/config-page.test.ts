import { expect, test } from 'vitest'
import type { Account, Config } from '../../src/model/account.ts'
import { configSummary, valueLines } from '../../src/ui/config-page.ts'

const account: Account = {
  name: 'personal',
  email: 'ada@example.org',
  store: '/home/ada/mail.db',
  connections: undefined,
  mailboxes: { include: ['*'], exclude: ['Trash', 'Junk*'] },
  imap: {
    host: 'imap.example.org',
    port: 993,
    security: 'tls',
    allowPlaintext: false,
    user: 'ada\u001b[2J',
    password: { kind: 'env', name: 'ADA' },
    caFile: undefined,
    fingerprint: undefined,
  },
  smtp: undefined,
  budget: undefined,
  maxMessage: undefined,
  disable: [],
  specialUse: {},
}

test('a good config is summed up: accounts, servers, stores, modes', () => {
  const config: Config = {
    path: '/home/ada/config.toml',
    connections: 8,
    connectionsPerHost: 8,
    compress: 'auto',
    storeOnNetwork: false,
    accounts: [account],
  }
  const files = [
    { path: '/home/ada/config.toml', mode: 0o600 },
    { path: '/home/ada/mail.db', mode: undefined },
  ]
  expect(configSummary(config, files).join('\n')).toMatchInlineSnapshot(`
    "/home/ada/config.toml: good
    1 account, at most 8 connections
      personal: ada@example.org
        server     ada\\x1b[2J at imap.example.org:993 (tls)
        mailboxes  *, except Trash, Junk*
        store      /home/ada/mail.db
    /home/ada/config.toml: mode 0600
    /home/ada/mail.db: not there yet"
  `)
})

test('a nested value is shown as indented lines', () => {
  const value = {
    connections: 8,
    accounts: [{ name: 'personal', mailboxes: { include: ['*'], exclude: [] }, imap: { port: 993 } }, { name: 'b' }],
    nothing: undefined,
    none: {},
  }
  expect(valueLines(value).join('\n')).toMatchInlineSnapshot(`
    "connections: 8
    accounts:
      - name: personal
        mailboxes:
          include: *
          exclude: -
        imap:
          port: 993
      - name: b
    nothing: -
    none: -"
  `)
})
