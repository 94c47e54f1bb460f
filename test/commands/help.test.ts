import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { plainHelpPage } from '../../src/commands/help-page.ts'
import { wholeTree } from '../../src/commands/manual-tree.ts'
import { runProgram } from '../../src/commands/program.ts'
import { textWidth } from '../../src/ui/cell-width.ts'
import { memoryTerminal } from '../ui/memory-terminal.ts'

/** Every command, those that have commands of their own and those that no help lists included. */
const program = await wholeTree()
const pages = [['mailmirror', []] as const, ...program.commands.flatMap((command) => pagesOf(command, []))]

function pagesOf(command: Command, above: readonly string[]): readonly (readonly [string, readonly string[]])[] {
  const words = [...above, command.name()]
  return [[words.join('-'), words] as const, ...command.commands.flatMap((one) => pagesOf(one, words))]
}

async function helpOf(argv: readonly string[], columns = 80): Promise<{ text: string; status: number }> {
  const terminal = memoryTerminal({ columns })
  const status = await runProgram(argv, {
    terminal,
    version: '0.1.0',
    createContext: () => {
      throw new Error('help needs no context')
    },
  })
  return { text: terminal.out.text, status }
}

test.each(pages)('the help of %s is as in its file, byte for byte, at 80 columns', async (name, words) => {
  const { text, status } = await helpOf([...words, '--help'])
  await expect(text).toMatchFileSnapshot(`help/${name}.txt`)
  expect(status).toBe(0)
})

test.each(pages)('the help of %s has a description, examples and exit statuses, and fits', async (_, words) => {
  const { text } = await helpOf([...words, '--help'])
  expect(text).toMatch(/^Usage: mailmirror/)
  expect(text).toMatch(/\n\n[A-Z].*\n/)
  expect(text).toContain('\nExamples:\n')
  expect(text).toContain('\nExit status:\n')
  for (const line of text.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(80)
})

test('the pages are those of the whole tree', () => {
  const names = pages.map(([name]) => name)
  expect(names.length).toBeGreaterThan(25)
  expect(names).toEqual(expect.arrayContaining(['sync', 'profile-report', 'profile-top', 'config-check', 'man']))
})

test('a command that nobody types is not in the help', () => {
  expect(plainHelpPage).not.toMatch(/^ {2}man\b/m)
})

test('the help that is printed without the parser is the parser’s own', async () => {
  expect((await helpOf(['--help'])).text).toBe(plainHelpPage)
})

test('`help sync` is `sync --help`, and `help` is `--help`', async () => {
  expect(await helpOf(['help', 'sync'])).toEqual(await helpOf(['sync', '--help']))
  expect(await helpOf(['help'])).toEqual(await helpOf(['-h']))
})

test('a wide terminal has lines of at most 100 columns', async () => {
  const { text } = await helpOf(['sync', '--help'], 200)
  const widths = text.split('\n').map(textWidth)
  expect(Math.max(...widths)).toBeLessThanOrEqual(100)
})

test('--version is the bare version', async () => {
  expect(await helpOf(['--version'])).toEqual({ text: '0.1.0\n', status: 0 })
})
