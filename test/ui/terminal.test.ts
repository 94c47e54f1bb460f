import { expect, test } from 'vitest'
import { openTerminal, OutputClosed } from '../../src/ui/terminal.ts'
import type { ColorRule, RawStream, Terminal } from '../../src/ui/terminal.ts'

/** A process's stream whose writes end as told. */
class ScriptedStream implements RawStream {
  readonly isTTY: boolean
  readonly columns: number
  readonly written: (string | Uint8Array)[] = []
  error: Error | undefined

  constructor(isTTY: boolean, columns = 0) {
    this.isTTY = isTTY
    this.columns = columns
  }

  hasColors(): boolean {
    return true
  }

  write(data: string | Uint8Array, done: (error?: Error | null) => void): boolean {
    this.written.push(data)
    queueMicrotask(() => done(this.error))
    return true
  }

  on(): void {
    // Errors are told by each write.
  }
}

interface Opened {
  readonly terminal: Terminal
  readonly out: ScriptedStream
  readonly err: ScriptedStream
  readonly closings: () => number
}

function open(colors: Partial<ColorRule> = {}, isTty = false): Opened {
  const [out, err] = [new ScriptedStream(isTty), new ScriptedStream(isTty)]
  let closings = 0
  const terminal = openTerminal({ out, err }, { choice: 'auto', noColor: false, ...colors }, () => closings++)
  return { terminal, out, err, closings: () => closings }
}

function failure(code: string): Error {
  return Object.assign(new Error(`write ${code}`), { code })
}

test('F13: when the reader of the data goes away, that is told once and nothing is written any more', async () => {
  const { terminal, out, closings } = open()
  out.error = failure('EPIPE')
  await expect(terminal.out.write('a')).rejects.toThrow(OutputClosed)
  await expect(terminal.out.write('b')).rejects.toThrow(OutputClosed)
  expect(out.written).toEqual(['a'])
  expect(closings()).toBe(1)
})

test('F13: a closed stderr is no failure', async () => {
  const { terminal, err, closings } = open()
  err.error = failure('EPIPE')
  await terminal.err.write('a')
  await terminal.err.write('b')
  expect(closings()).toBe(0)
})

test('F08: a full disk behind the output is an error', async () => {
  const { terminal, out } = open()
  out.error = failure('ENOSPC')
  await expect(terminal.out.write('a')).rejects.toMatchObject({ code: 'STORE_IO' })
})

test.each<[string, { readonly rule: Partial<ColorRule>; readonly isTty: boolean }, boolean]>([
  ['a terminal has colours', { rule: {}, isTty: true }, true],
  ['a pipe has none', { rule: {}, isTty: false }, false],
  ['NO_COLOR takes them away', { rule: { noColor: true }, isTty: true }, false],
  ['--color=always gives them to a pipe', { rule: { choice: 'always' }, isTty: false }, true],
  ['--color=always outweighs NO_COLOR', { rule: { choice: 'always', noColor: true }, isTty: true }, true],
  ['--color=never takes them away', { rule: { choice: 'never' }, isTty: true }, false],
])('%s', (_, { rule, isTty }, hasColors) => {
  expect(open(rule, isTty).terminal.out.hasColors).toBe(hasColors)
})

test('a line can be written anew on a terminal that is more than a typewriter', () => {
  const found = [open({}, true), open({ isDumb: true }, true), open({}, false)].map(({ terminal }) => terminal.out)
  expect(found.map(({ redraws, isTty }) => [redraws, isTty])).toEqual([
    [true, true],
    [false, true],
    [false, false],
  ])
})

test('a stream of unknown width has 80 columns', () => {
  const streams = { out: new ScriptedStream(true, 0), err: new ScriptedStream(true, 132) }
  const terminal = openTerminal(streams, { choice: 'auto', noColor: false }, () => undefined)
  expect([terminal.out.columns, terminal.err.columns]).toEqual([80, 132])
})
