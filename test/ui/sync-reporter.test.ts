import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SyncEvent, SyncFinished } from '../../src/sync/events.ts'
import { chooseMode, createSyncReporter } from '../../src/ui/sync-reporter.ts'
import type { ReporterChoice, SyncReporter } from '../../src/ui/sync-reporter.ts'
import { OutputClosed } from '../../src/ui/terminal.ts'
import type { OutputStream } from '../../src/ui/terminal.ts'
import { expectSafe, hostileText } from './hostile-text.ts'
import { memoryTerminal } from './memory-terminal.ts'
import type { MemoryOutputOptions, MemoryTerminal } from './memory-terminal.ts'
import { accountResult, fetchingEvents, finished, mailboxResult, planned } from './sample-run.ts'

const usual: ReporterChoice = {
  progress: 'auto',
  json: false,
  quiet: false,
  verbosity: 0,
  isDryRun: false,
  notes: ['NODE_OPTIONS is set to --no-warnings'],
}
const done = finished([accountResult('personal')])
const failed = finished([
  accountResult('personal', {
    outcome: 'failed',
    error: { code: 'SERVER_UNREACHABLE', message: 'no route', hint: 'wait' },
  }),
])

test.each([
  ['auto on a terminal', { choice: {}, isTty: true }, 'tty'],
  ['auto off a terminal', { choice: {}, isTty: false }, 'none'],
  ['-v off a terminal', { choice: { verbosity: 1 }, isTty: false }, 'plain'],
  ['-v on a terminal', { choice: { verbosity: 1 }, isTty: true }, 'tty'],
  ['-q on a terminal', { choice: { quiet: true }, isTty: true }, 'none'],
  ['-q and -v', { choice: { quiet: true, verbosity: 2 }, isTty: true }, 'none'],
  ['--json on a terminal', { choice: { json: true }, isTty: true }, 'json'],
  ['--json and -q', { choice: { json: true, quiet: true }, isTty: false }, 'json'],
  ['--progress=json', { choice: { progress: 'json' }, isTty: true }, 'json'],
  ['--progress=plain on a terminal', { choice: { progress: 'plain' }, isTty: true }, 'plain'],
  ['--progress=tty off a terminal', { choice: { progress: 'tty' }, isTty: false }, 'tty'],
  ['--progress=none on a terminal', { choice: { progress: 'none' }, isTty: true }, 'none'],
] as const)('%s', (_, { choice, isTty }, mode) => {
  expect(chooseMode({ ...usual, ...choice }, isTty)).toBe(mode)
})

interface Reported {
  readonly out: string
  readonly err: string
}

async function report(
  choice: Partial<ReporterChoice>,
  result: SyncFinished,
  {
    events = fetchingEvents,
    ...terminalOptions
  }: MemoryOutputOptions & { readonly events?: readonly SyncEvent[] } = {},
): Promise<Reported> {
  const terminal = memoryTerminal(terminalOptions)
  const reporter = await createSyncReporter({ ...usual, ...choice }, terminal, () => 0)
  await follow(reporter, [...events, result], result)
  return textsOf(terminal)
}

async function follow(reporter: SyncReporter, events: readonly SyncEvent[], result: SyncFinished): Promise<void> {
  for (const event of events) reporter.onEvent(event)
  await reporter.finish({ result, status: result.complete ? 0 : 69 })
}

function textsOf({ out, err }: MemoryTerminal): Reported {
  return { out: out.text, err: err.text }
}

test('off a terminal success is one line on stderr and nothing on stdout', async () => {
  expect(await report({}, done)).toEqual({
    out: '',
    err: 'mailmirror: 1 account, 1 mailbox complete, 0 new messages, in 2.5 s\n',
  })
})

test('-q says nothing of success', async () => {
  expect(await report({ quiet: true }, done)).toEqual({ out: '', err: '' })
})

test('-q does not hide a failure', async () => {
  expect(await report({ quiet: true }, failed)).toEqual({ out: '', err: 'mailmirror: personal: no route\n  wait\n' })
})

test('--json writes every event as a line with "v":1, sync-finished last', async () => {
  const { out, err } = await report({ json: true }, done)
  const lines = out.trimEnd().split('\n')
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual(
    [...fetchingEvents, done].map((event) => ({ v: 1, ...event })),
  )
  expect(lines[0]).toMatch(/^\{"v":1,"type":"sync-started"/)
  expect(err).toBe('')
})

test('--json of a failed run ends stderr with the error as JSON', async () => {
  const { err } = await report({ json: true }, failed)
  expect(JSON.parse(err.trimEnd().split('\n').at(-1) ?? '')).toEqual({
    v: 1,
    error: { code: 'SERVER_UNREACHABLE', message: 'no route', hint: 'wait' },
    exit: 69,
  })
})

test('what a server did not tell is null in JSON', async () => {
  const result = finished([accountResult('a', { mailboxes: [mailboxResult('INBOX', { serverMessages: undefined })] })])
  const { out } = await report({ json: true }, result, { events: [] })
  expect(out).toContain('"serverMessages":null')
})

test('F13: --json into a pipe that nobody reads ends without a word', async () => {
  const { err } = memoryTerminal()
  const out: OutputStream = {
    isTty: false,
    redraws: false,
    columns: 80,
    rows: 24,
    hasColors: false,
    neverBlock: () => undefined,
    write: () => Promise.reject(new OutputClosed()),
  }
  const reporter = await createSyncReporter({ ...usual, json: true }, { out, err }, () => 0)
  await follow(reporter, [failed], failed)
  expect(err.text).toBe('')
})

test('a dry run prints its plan to stdout and nothing else', async () => {
  const events = [planned('INBOX', 40), planned('Archive/2019', 0)]
  const { out, err } = await report({ isDryRun: true }, done, { events })
  expect(out).toMatchInlineSnapshot(`
    "Mailbox                Server  Mirror  To fetch  How    Why
    personal/INBOX             40       0        40  first  not mirrored yet
    personal/Archive/2019       0       0         0  first  not mirrored yet
    "
  `)
  expect(err).toBe('')
})

test('S06: -v tells what in the environment bears on trust', async () => {
  const { err } = await report({ verbosity: 1 }, done)
  expect(err.split('\n')[0]).toBe('mailmirror: NODE_OPTIONS is set to --no-warnings')
})

test('on a terminal the display is taken away and the terminal given back, then the run is summed up', async () => {
  const { out, err } = await report({}, done, { isTty: true })
  expect(out).toBe('')
  expect(err).toContain('\u001b[?25l')
  expect(err.lastIndexOf('\u001b[?25h')).toBeGreaterThan(err.lastIndexOf('\u001b[?25l'))
  expect(err.lastIndexOf('\u001b[?7h')).toBeGreaterThan(err.lastIndexOf('\u001b[?7l'))
  expect(err.endsWith('Complete: 1 account, 1 mailbox, in 2.5 s.\n0 new messages.\n')).toBe(true)
})

test('S14: no reporter lets through what a server wrote', async () => {
  const choices: readonly Partial<ReporterChoice>[] = [
    { json: true },
    { progress: 'plain', verbosity: 2 },
    { progress: 'none' },
    { progress: 'tty', verbosity: 2 },
    { isDryRun: true },
  ]
  await fc.assert(
    fc.asyncProperty(hostileText, async (text) => {
      const events = hostileEvents(text)
      const result = hostileResult(text)
      for (const choice of choices) {
        const { out, err } = await report(choice, result, { events, isTty: true })
        expectSafe(out)
        expectSafe(err, { allowEscapes: true })
      }
    }),
    { numRuns: 30 },
  )
})

function hostileEvents(text: string): readonly SyncEvent[] {
  return [
    { type: 'connection-opened', account: text, connection: 1, host: text, security: text },
    {
      type: 'mailbox-planned',
      account: text,
      mailbox: text,
      tier: 'first',
      why: text,
      serverMessages: 3,
      messages: 0,
      expectedMessages: 3,
    },
    { type: 'mailbox-compared', account: text, mailbox: text, why: text },
    { type: 'mailbox-started', account: text, mailbox: text, connection: 1 },
    { type: 'message-failed', account: text, mailbox: text, uid: 1, reason: text },
    { type: 'retry-scheduled', account: text, mailbox: text, code: 'THROTTLED', message: text, delayMs: 10 },
    { type: 'mailbox-failed', account: text, mailbox: text, error: { code: 'COMMAND_REJECTED', message: text } },
    { type: 'mailbox-renamed', account: text, mailbox: text, formerly: text },
  ]
}

function hostileResult(text: string): SyncFinished {
  const bad = mailboxResult(text, {
    complete: false,
    reason: text,
    failed: [{ uid: 1, reason: text }],
    durationMs: 5000,
  })
  const error = { code: 'COMMAND_REJECTED', message: text, hint: text } as const
  return finished([
    accountResult(text, { outcome: 'incomplete', mailboxes: [bad, bad] }),
    accountResult(text, { outcome: 'failed', error }),
    accountResult(text, { outcome: 'interrupted' }),
  ])
}
