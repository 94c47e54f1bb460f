import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { readManual, wholeTree } from '../../src/commands/manual-tree.ts'
import type { ManualCommand } from '../../src/ui/man-page.ts'
import { isInstalled } from '../support/is-installed.ts'
import { runCommand } from '../support/run-command.ts'

function allOf(command: ManualCommand): readonly ManualCommand[] {
  return [command, ...command.commands.flatMap(allOf)]
}

test('every command has a description, examples and exit statuses, which all arrive in the manual', async () => {
  const commands = allOf(readManual(await wholeTree()))
  expect(commands.length).toBeGreaterThan(25)
  const lacking = commands.flatMap(({ name, description, examples, exits, options }) => {
    const hasAll = description.length > 20 && examples.length > 0 && exits.some(({ term }) => term === '0')
    const isWhole = [...examples, ...exits, ...options].every(({ term, text }) => term !== '' && text !== '')
    return hasAll && isWhole ? [] : [name]
  })
  expect(lacking).toEqual([])
})

test('what the help says besides is in the manual, once', async () => {
  const search = readManual(await wholeTree()).commands.find(({ name }) => name === 'search')
  expect(search?.notes).toMatch(/^Query:\n {2}invoice ada .*is all query\.$/s)
  expect(search?.notes).not.toContain('Examples:')
})

test('the man page has the sections that a reader looks for, and is written without a config', async () => {
  const { status, stdout, stderr } = await runCommand(['man', '-c', '/nonexistent.toml'])
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^\.TH MAILMIRROR 1 \d{4}-\d{2}-\d{2} "mailmirror \d+\.\d+\.\d+" "User Commands"\n/)
  expect([...stdout.matchAll(/^\.SH (.*)$/gm)].map(([, name]) => name)).toEqual([
    'NAME',
    'SYNOPSIS',
    'DESCRIPTION',
    'OPTIONS',
    'COMMANDS',
    'EXIT STATUS',
    'ENVIRONMENT',
    'FILES',
    'EXAMPLES',
    'SEE ALSO',
  ])
  for (const line of stdout.split('\n')) expect(line).toMatch(/^(?:\.(?:TH|SH|SS|PP|TP|EX|EE|RS|RE|br)\b.*|[^.'].*|)$/)
})

const linters = [
  ['mandoc', ['-T', 'lint', '-W', 'warning']],
  ['groff', ['-man', '-ww', '-z', '-Tutf8']],
] as const

for (const [command, args] of linters) {
  test.skipIf(!isInstalled(command))(`${command} has nothing to say against it`, async () => {
    const { stdout: input } = await runCommand(['man'])
    const { stdout, stderr } = spawnSync(command, args, { input, encoding: 'utf8' })
    expect([stdout, stderr]).toEqual(['', ''])
  })
}
