import { expect, test } from 'vitest'
import type { CommandContext, GlobalOptions } from '../../src/commands/context.ts'
import { runProgram } from '../../src/commands/program.ts'
import { readQuickStart } from '../../src/commands/quick-start.ts'
import { memoryTerminal } from '../ui/memory-terminal.ts'
import type { MemoryTerminal } from '../ui/memory-terminal.ts'

/** Ends a command as soon as it has got its options. */
class Reached extends Error {
  readonly options: GlobalOptions

  constructor(options: GlobalOptions) {
    super('reached')
    this.options = options
  }
}

async function run(argv: readonly string[], terminal: MemoryTerminal = memoryTerminal()): Promise<number> {
  return runProgram(argv, {
    terminal,
    version: '0.1.0',
    createContext: (options): CommandContext => {
      throw new Reached(options)
    },
  })
}

async function optionsOf(argv: readonly string[]): Promise<GlobalOptions> {
  const error: unknown = await run(argv).catch((thrown: unknown) => thrown)
  if (error instanceof Reached) return error.options
  throw error
}

const usual: GlobalOptions = {
  config: undefined,
  json: false,
  quiet: false,
  verbosity: 0,
  progress: 'auto',
  color: 'auto',
  debug: false,
}

test.each<[readonly string[], Partial<GlobalOptions>]>([
  [['status'], {}],
  [['-c', 'a.toml', 'status'], { config: 'a.toml' }],
  [['status', '--config=a.toml'], { config: 'a.toml' }],
  [['status', '--json', 'work'], { json: true }],
  [['--json', 'status', 'work'], { json: true }],
  [['-v', 'sync', '-v', '--dry-run', '-v'], { verbosity: 3 }],
  [['sync', '-vv'], { verbosity: 2 }],
  [['sync', '--dry-run', '--json'], { json: true }],
  [
    ['-qc', 'a.toml', 'sync', '--max-time', '5m', '--progress', 'plain'],
    { quiet: true, config: 'a.toml', progress: 'plain' },
  ],
  [['config', 'check', '--debug', '--color=never'], { debug: true, color: 'never' }],
  [['--json', 'config', '-v', 'path'], { json: true, verbosity: 1 }],
])('global options are taken before and after the command: %o', async (argv, options) => {
  expect(await optionsOf(argv)).toEqual({ ...usual, ...options })
})

test.each<[readonly string[], string, string]>([
  [['snyc'], "unknown command 'snyc'", 'did you mean sync?'],
  [['config', 'chek'], "unknown command 'chek'", 'did you mean check?'],
  [['sync', '--dry-rum'], "unknown option '--dry-rum'", 'did you mean --dry-run?'],
  [['--jsno', 'status'], "unknown option '--jsno'", 'did you mean --json?'],
  [['xyzzy'], "unknown command 'xyzzy'", 'see `mailmirror --help`'],
  [['show'], "missing required argument 'id'", 'see `mailmirror --help`'],
  [
    ['show', '1', '2'],
    "too many arguments for 'show'. Expected 1 argument but got 2: 1, 2.",
    'see `mailmirror --help`',
  ],
  [['sync', '--max-time'], "option '--max-time <duration>' argument missing", 'see `mailmirror --help`'],
])('%o is a usage error that says what is wrong', async (argv, message, hint) => {
  const error: unknown = await run(argv).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'USAGE', hint })
  expect(error).toHaveProperty('message', expect.stringContaining(message.slice(0, 60)))
})

test.each([
  [['sync', '--max-time', 'soon'], 'Expected a duration'],
  [['sync', '--progress=loud'], 'Allowed choices are auto, tty, plain, json, none'],
  [['demo', '--messages', '0'], 'Expected a whole number from 1 to 1000000'],
])('%o names what was expected', async (argv, expected) => {
  const error: unknown = await run(argv).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'USAGE' })
  expect(error).toHaveProperty('message', expect.stringContaining(expected))
})

test('S14: an argument with escape sequences does not reach the terminal as such', async () => {
  await expect(run(['\u001b[2J'])).rejects.toMatchObject({ message: String.raw`unknown command '\x1b[2J'` })
})

test('without a command the help goes to stderr and the status is 64', async () => {
  const terminal = memoryTerminal()
  expect(await run([], terminal)).toBe(64)
  expect(terminal.out.text).toBe('')
  expect(terminal.err.text).toMatch(/^Usage: mailmirror/)
})

test.each<[readonly string[]]>([
  [['status']],
  [['status', 'work', 'personal/INBOX']],
  [['--json', 'status']],
  [['status', '--json', '-q', 'work']],
  [['-c', 'a.toml', 'status']],
  [['status', '--config', 'a.toml', 'work']],
])('a status that starts without the parser has the parser’s options: %o', async (argv) => {
  const quick = readQuickStart(argv)
  expect(quick).toMatchObject({ kind: 'status', options: await optionsOf(argv) })
})

test.each<[readonly string[]]>([
  [['sync']],
  [['status', '--help']],
  [['status', '-x']],
  [['status', '-c']],
  [['status', '--', '--json']],
  [['status', '-v']],
  [['stat']],
  [[]],
  [['--help', 'sync']],
])('all else is the parser’s: %o', (argv) => {
  expect(readQuickStart(argv)).toBeUndefined()
})
