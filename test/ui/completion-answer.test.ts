import { expect, test } from 'vitest'
import { bashAnswer, completionAnswer } from '../../src/ui/completion-answer.ts'
import type { Completions } from '../../src/ui/completion-answer.ts'
import { assert, property } from 'fast-check'
import { expectSafe, hostileText } from './hostile-text.ts'

const words = (...values: readonly string[]): Completions => ({
  kind: 'words',
  candidates: values.map((value) => ({ value })),
  isOpen: false,
})

test('only what begins as the word does is offered, each once, with its note', () => {
  const completions: Completions = {
    kind: 'words',
    candidates: [{ value: 'sync', note: 'mirror' }, { value: 'search' }, { value: 'show' }, { value: 'sync' }],
    isOpen: true,
  }
  expect(completionAnswer(completions, 's')).toEqual(['open', 'sync\tmirror', 'search\t', 'show\t'])
  expect(completionAnswer(completions, 'sy')).toEqual(['open', 'sync\tmirror'])
  expect(completionAnswer({ kind: 'folders' }, 'sy')).toEqual(['folders'])
})

test('S14 names that a terminal must not show as they are, or that break lines, are left out', () => {
  const names = ['ada/a\nb', 'ada/a\tb', 'ada/a\rb', 'ada/\u001b[2J', 'ada/\u202egpj']
  expect(completionAnswer(words(...names, 'ada/ok'), 'ada/')).toEqual(['words', 'ada/ok\t'])
  assert(
    property(hostileText, (text) => {
      const lines = completionAnswer(words(`ada/${text}`), 'ada/')
      expect(lines.length).toBeLessThanOrEqual(2)
      for (const line of lines) expectSafe(line.replace(/\t$/, ''))
    }),
  )
})

test('bash gets what follows that which it keeps, quoted as the line is', () => {
  const completions = words('in:INBOX', 'in:"To read"')
  const line = { words: ['search'], current: 'in:', kept: 3, quote: 'none' } as const
  expect(bashAnswer(completions, line)).toEqual(['words', 'INBOX', String.raw`\"To\ read\"`])
  expect(bashAnswer(completions, { ...line, quote: 'single', kept: 0 })).toEqual(['words', 'in:INBOX', 'in:"To read"'])
})

test('of very many the first 2,000 are offered', () => {
  const many = Array.from({ length: 3000 }, (_, index) => `ada/${index}`)
  expect(completionAnswer(words(...many), '')).toHaveLength(2001)
})
