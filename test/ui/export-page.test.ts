import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { exportReporter } from '../../src/ui/export-page.ts'
import { expectSafe, hostileText } from './hostile-text.ts'
import { memoryTerminal } from './memory-terminal.ts'
import type { MemoryTerminal } from './memory-terminal.ts'

const summary = { files: 1, messages: 200, octets: 2_000_000, damaged: [] }

/** What is on a terminal, or in a file, after an export of 200 messages. */
async function report(
  terminal: MemoryTerminal,
  options: { json?: boolean; quiet?: boolean } = {},
): Promise<MemoryTerminal> {
  const reporter = exportReporter({ json: false, quiet: false, ...options }, terminal, 200)
  for (let message = 0; message < 200; message++) reporter.onMessage(10_000)
  await reporter.finish(summary, 'all.mbox')
  return terminal
}

test('on a terminal a line counts, and the last one takes its place', async () => {
  const { out, err } = await report(memoryTerminal({ isTty: true }))
  expect(out.text).toBe('')
  expect(err.text.split('\r\u001b[K')).toEqual([
    '',
    'exporting: 100 of 200 messages, 1.0 MB',
    'exporting: 200 of 200 messages, 2.0 MB',
    'mailmirror: 200 messages (2.0 MB) exported to all.mbox\n',
  ])
})

test.each([
  [{}, '', 'mailmirror: 200 messages (2.0 MB) exported to all.mbox\n'],
  [{ quiet: true }, '', ''],
  [{ json: true }, '{"v":1,"files":1,"messages":200,"octets":2000000,"damaged":[]}\n', ''],
])('off a terminal and with %j only the end is told', async (options, out, err) => {
  const terminal = await report(memoryTerminal({}), options)
  expect([terminal.out.text, terminal.err.text]).toEqual([out, err])
})

test('S14 damaged messages are named whatever was asked for, and nothing unsafe is written', async () => {
  await fc.assert(
    fc.asyncProperty(hostileText, fc.boolean(), async (text, quiet) => {
      const terminal = memoryTerminal({})
      const damaged = [{ id: '7', reason: `could not read message 7: ${text}` }]
      await exportReporter({ json: false, quiet }, terminal, 1).finish({ ...summary, damaged }, text)
      expect(terminal.err.text).toContain('not exported: could not read message 7')
      expectSafe(terminal.err.text)
    }),
  )
})
