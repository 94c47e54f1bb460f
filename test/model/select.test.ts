import { describe, expect, test } from 'vitest'
import type { Account } from '../../src/model/account.ts'
import { chooseAccounts, filterAdmits, parseSelector, selectsMailbox } from '../../src/model/select.ts'
import { accountAt } from '../support/run-sync.ts'

describe('a selector', () => {
  test.each([
    ['work', 'work', undefined],
    ['work/INBOX', 'work', 'INBOX'],
    ['work/Archive/2024', 'work', 'Archive/2024'],
    ['work/', 'work', ''],
    ['/INBOX', '', 'INBOX'],
  ])('%j names account %j and mailbox %j', (text, account, mailbox) => {
    expect(parseSelector(text)).toEqual({ account, mailbox })
  })

  test.each<readonly [readonly string[], string, string, boolean]>([
    [[], 'work', 'INBOX', true],
    [['work'], 'work', 'INBOX', true],
    [['work'], 'home', 'INBOX', false],
    [['work/Archive/*'], 'work', 'Archive/2024', true],
    [['work/Archive/*'], 'work', 'INBOX', false],
    [['work/Archive/*', 'work/INBOX'], 'work', 'INBOX', true],
    [['work/INBOX', 'home'], 'home', 'Archive/2024', true],
    [['work/inbox'], 'work', 'INBOX', true],
  ])('%j over %s/%s: %s', (...[texts, account, path, expected]) => {
    expect(selectsMailbox(texts.map(parseSelector), account, path)).toBe(expected)
  })
})

test.each([
  [['*'], [], 'Trash', true],
  [['*'], ['Trash', 'Junk*'], 'Trash', false],
  [['*'], ['Trash', 'Junk*'], 'Junk E-mail', false],
  [['Archive/*'], [], 'INBOX', false],
  [['INBOX', 'Archive/*'], ['Archive/2019'], 'Archive/2019', false],
  [[], [], 'INBOX', false],
])('include %j, exclude %j: %s is mirrored: %s', (...[include, exclude, path, expected]) => {
  expect(filterAdmits({ include, exclude }, path)).toBe(expected)
})

test('accounts are chosen in the order of the config, and unknown names are told', () => {
  const accounts: readonly Account[] = ['home', 'work', 'lists'].map((name) => accountAt(993, { name }))
  const { chosen, unknown } = chooseAccounts(accounts, ['lists/INBOX', 'home', 'hmoe'].map(parseSelector))
  expect(chosen.map(({ name }) => name)).toEqual(['home', 'lists'])
  expect(unknown).toEqual(['hmoe'])
  expect(chooseAccounts(accounts, []).chosen).toEqual(accounts)
})
