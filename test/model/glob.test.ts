import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { globMatches } from '../../src/model/glob.ts'

describe('a glob over mailbox paths', () => {
  test.each([
    ['*', 'Archive/2024', true],
    ['*', '', true],
    ['', '', true],
    ['', 'INBOX', false],
    ['Archive/*', 'Archive/2024', true],
    ['Archive/*', 'Archive/2024/May', true],
    ['Archive/*', 'Archive', false],
    ['Junk*', 'Junk', true],
    ['Junk*', 'My Junk', false],
    ['*/2024', 'Archive/2024', true],
    ['*/2024', 'Archive/2024/2024', true],
    ['*a*b*', 'xaxbx', true],
    ['*a*b*', 'xbxax', false],
    ['**', 'Sent', true],
    ['Sent', 'sent', false],
    ['inbox', 'INBOX', true],
    ['INBOX', 'Inbox', true],
    ['INBOX*', 'inbox', false],
    ['INBOX/*', 'INBOX/2024', true],
    ['[a-z]?.+', '[a-z]?.+', true],
    ['a?c', 'abc', false],
    ['Работа*', 'Работа/2024', true],
  ])('%j and %j: %s', (glob, path, expected) => {
    expect(globMatches(glob, path)).toBe(expected)
  })

  test('matches as the regular expression that it stands for', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 12 }).map((each) => each.join(''))
    const globs = fc.array(fc.constantFrom('a', 'b', '/', '*'), { maxLength: 8 }).map((each) => each.join(''))
    fc.assert(
      fc.property(globs, letters, (glob, path) => {
        expect(globMatches(glob, path)).toBe(new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(path))
      }),
    )
  })

  test('with many stars over a long path takes no more than steps in proportion', () => {
    expect(globMatches(`${'*a'.repeat(500)}b`, 'a'.repeat(5000))).toBe(false)
  })
})
