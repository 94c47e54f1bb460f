import { expect, test } from 'vitest'
import { plainHelpPage } from '../../src/commands/help-page.ts'
import { readQuickStart } from '../../src/commands/quick-start.ts'
import { runCommand } from '../support/run-command.ts'

test('the help page that needs no parser is what the parser prints', async () => {
  const parsed = await runCommand(['--help', '--color', 'never'])
  expect(parsed).toMatchObject({ status: 0, stderr: '' })
  expect((await runCommand(['--help'])).stdout).toBe(parsed.stdout)
  expect(plainHelpPage).toBe(parsed.stdout)
})

const usual = {
  config: undefined,
  json: false,
  quiet: false,
  verbosity: 0,
  progress: 'auto',
  color: 'auto',
  debug: false,
}

test.each([
  [['status'], { options: usual, selects: [] }],
  [['status', '--json'], { options: { ...usual, json: true }, selects: [] }],
  [
    ['-c', 'a.toml', 'status', 'work', 'home/INBOX'],
    { options: { ...usual, config: 'a.toml' }, selects: ['work', 'home/INBOX'] },
  ],
  [
    ['status', '--config', 'a.toml', '-q', 'work'],
    { options: { ...usual, config: 'a.toml', quiet: true }, selects: ['work'] },
  ],
])('%j is read without the parser', (argv, expected) => {
  expect(readQuickStart(argv)).toEqual({ kind: 'status', ...expected })
})

test('whatever is not one of these forms is left to the parser', () => {
  const left = [
    [],
    ['sync'],
    ['status', '--help'],
    ['status', '-v'],
    ['-c'],
    ['-c', '-q', 'status'],
    ['status', '--'],
    ['status', ''],
  ]
  for (const argv of left) expect(readQuickStart(argv)).toBeUndefined()
})

test.each([
  [['status']],
  [['status', '--json']],
  [['-c', '/nonexistent.toml', 'status', 'work']],
  [['status', 'work/*', '-q', '--config', '/nonexistent.toml', '--json']],
])('%j ends alike, whichever of the two has read it', async (argv) => {
  expect(readQuickStart(argv)).toBeDefined()
  // An option that only the parser knows, and that changes nothing.
  const parsed = await runCommand([...argv, '--progress', 'auto'])
  expect(parsed.status).toBe(78)
  expect(await runCommand(argv)).toEqual(parsed)
})
