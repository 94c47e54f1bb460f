import { spawnSync } from 'node:child_process'
import { assert, constantFrom, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { quoteForBash, readBashLine } from '../../src/ui/bash-words.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** As bash has them. */
const breaks = ' \t\n"\'><=;|&(:'

test.each([
  ['mailmirror sync work/IN', { words: ['mailmirror', 'sync'], current: 'work/IN', kept: 0, quote: 'none' }],
  ['mailmirror sync ', { words: ['mailmirror', 'sync'], current: '', kept: 0, quote: 'none' }],
  [String.raw`mailmirror show a\ b`, { words: ['mailmirror', 'show'], current: 'a b', kept: 0, quote: 'none' }],
  ['mailmirror search in:IN', { words: ['mailmirror', 'search'], current: 'in:IN', kept: 3, quote: 'none' }],
  ['mailmirror search "in:IN', { words: ['mailmirror', 'search'], current: 'in:IN', kept: 0, quote: 'double' }],
  ["mailmirror search in:'To r", { words: ['mailmirror', 'search'], current: 'in:To r', kept: 3, quote: 'single' }],
  ['mailmirror --format=mb', { words: ['mailmirror'], current: '--format=mb', kept: 9, quote: 'none' }],
  ["mailmirror 'a b' ''  c", { words: ['mailmirror', 'a b', ''], current: 'c', kept: 0, quote: 'none' }],
  ['HOME=/x A+=1 mailmirror sy', { words: ['mailmirror'], current: 'sy', kept: 0, quote: 'none' }],
  ['ls; mailmirror sy', { words: ['mailmirror'], current: 'sy', kept: 0, quote: 'none' }],
  [String.raw`mailmirror "a\b\"c`, { words: ['mailmirror'], current: String.raw`a\b"c`, kept: 0, quote: 'double' }],
  [String.raw`mailmirror a\:b`, { words: ['mailmirror'], current: 'a:b', kept: 0, quote: 'none' }],
])('%s is read as bash reads it', (line, expected) => {
  expect(readBashLine(line, breaks)).toEqual(expected)
})

/** What bash makes of it as one argument. */
function readByBash(text: string): string {
  const { stdout } = spawnSync('bash', ['--norc', '-c', `printf %s ${text}`], {
    encoding: 'utf8',
    cwd: temporaryDirectory(),
  })
  return stdout
}

test.each([
  ['none', '', String.raw`x$(touch pwned)${'`id`'};&|<>*?[a]{b,c}~#!'"\ ü日 =%:^`],
  ['single', "'", String.raw`x$(touch pwned)${'`id`'};&|<>*?[a]{b,c}~#!"\ ü日 =%:^`],
  ['double', '"', String.raw`x$(touch pwned)${'`id`'};&|<>*?[a]{b,c}~#'\ ü日 =%:^`],
] as const)(
  'whatever stands in a name, in quotes of kind %s it is one word that expands nothing',
  (quote, mark, text) => {
    expect(readByBash(`${mark}${quoteForBash(text, quote) ?? ''}${mark}`)).toBe(text)
  },
)

test('what quotes cannot hold has no form in them', () => {
  expect([quoteForBash("a'b", 'single'), quoteForBash('a"b', 'double'), quoteForBash('a!b', 'double')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

test('what was quoted is read back', () => {
  const marks = { none: '', single: "'", double: '"' } as const
  assert(
    property(
      string({ unit: constantFrom('a', ' ', "'", '"', '\\', '$', '`', '!', '*', '~', 'é', ':', '=', ';') }),
      constantFrom('none', 'single', 'double'),
      (text, quote) => {
        const quoted = quoteForBash(text, quote)
        if (quoted === undefined) return
        const line = `m x${marks[quote]}${quoted}${marks[quote]}`
        expect(readBashLine(line, '')).toMatchObject({ words: ['m'], current: `x${text}`, quote: 'none' })
      },
    ),
  )
})
