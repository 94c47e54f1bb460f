import { expect, test } from 'vitest'
import { ProgressBars } from '../../src/ui/progress-bars.ts'
import { MemoryOutput } from './memory-terminal.ts'

test('lines that were drawn are taken away, and the terminal given back, when the display stops', async () => {
  const output = new MemoryOutput({ isTty: true })
  const bars = new ProgressBars(output, () => ['total', '  one'])
  await bars.stop()
  const { text } = output
  expect(text).toContain('total')
  expect(text).toContain('  one')
  // Back to the first line, clear to the end of the screen.
  expect(text.trimEnd().endsWith('\u001b[1A\u001b[1G\u001b[0J')).toBe(true)
  expect(text).toContain('\u001b[?25h')
  expect(text).toContain('\u001b[?7h')
})

test('logged lines are written, also when the display stops at once', async () => {
  const output = new MemoryOutput({ isTty: true })
  const bars = new ProgressBars(output, () => ['total'])
  bars.log('personal/INBOX: 3 new messages')
  await bars.stop()
  expect(output.text).toContain('personal/INBOX: 3 new messages\u001b[K\n')
})

test('a terminal that has gone away does not end the run', async () => {
  const gone = {
    isTty: true,
    redraws: true,
    columns: 80,
    rows: 24,
    hasColors: false,
    neverBlock: () => undefined,
    write: () => Promise.reject(new Error('gone')),
  }
  const bars = new ProgressBars(gone, () => ['total'])
  await expect(bars.stop()).resolves.toBeUndefined()
})
