import { expect, test } from 'vitest'
import { noSuchMailbox, selectAccounts, unmatched } from '../../src/commands/select-accounts.ts'
import type { Config } from '../../src/model/account.ts'
import { accountAt } from '../support/run-sync.ts'

function config(...names: readonly string[]): Config {
  return {
    path: '/home/ada/config.toml',
    connections: 8,
    connectionsPerHost: 8,
    compress: 'auto',
    storeOnNetwork: false,
    accounts: names.map((name) => accountAt(993, { name })),
  }
}

test('without arguments all accounts are meant', () => {
  const { accounts, selectors } = selectAccounts(config('personal', 'work'), [])
  expect(accounts.map(({ name }) => name)).toEqual(['personal', 'work'])
  expect(selectors).toEqual([])
})

test('accounts come in the order of the config, each once', () => {
  const { accounts } = selectAccounts(config('personal', 'work', 'club'), ['club/INBOX', 'personal', 'club/Sent'])
  expect(accounts.map(({ name }) => name)).toEqual(['personal', 'club'])
})

test('an unknown account is exit 66 and the known ones are named', () => {
  expect(() => selectAccounts(config('personal', 'work'), ['wrok', 'work'])).toThrow(
    expect.objectContaining({
      code: 'NO_SUCH_ACCOUNT',
      message: 'no account "wrok" in /home/ada/config.toml',
      hint: 'accounts: personal, work',
    }),
  )
})

test('a config without accounts says how to add one', () => {
  expect(() => selectAccounts(config(), [])).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
})

test('only selectors of mailboxes can be unmatched', () => {
  const selectors = [
    { account: 'work', mailbox: undefined },
    { account: 'work', mailbox: 'Nope' },
  ]
  const missing = unmatched(selectors, () => false)
  expect(missing).toEqual([{ account: 'work', mailbox: 'Nope' }])
  expect(noSuchMailbox(missing, 'on the server').message).toBe('no mailbox "work/Nope" on the server')
})
