import { expect, test } from 'vitest'
import { createWatchReporter } from '../../src/ui/watch-reporter.ts'
import { memoryTerminal } from './memory-terminal.ts'

test('with --quiet trouble alone is told, on stderr', async () => {
  const terminal = memoryTerminal({ isTty: true })
  const choice = { progress: 'auto', json: false, quiet: true, verbosity: 0 } as const
  const parts = { monotonicMs: () => 0, onLeave: () => undefined, onInterrupt: () => undefined }
  const reporter = await createWatchReporter(choice, terminal, parts)
  reporter.onEvent({ type: 'watch-started', accounts: ['work'] })
  reporter.onEvent({ type: 'new-mail', account: 'work', mailbox: 'INBOX', id: 7, from: 'Zoe', subject: 'Tea' })
  reporter.onEvent({ type: 'reload-failed', error: { code: 'CONFIG_INVALID', message: 'line 3 \u001b[2J' } })
  await reporter.finish({ reason: 'signal', accounts: [] })
  expect([terminal.out.text, terminal.err.text]).toEqual([
    '',
    String.raw`mailmirror: the configuration stays as it was: line 3 \x1b[2J` + '\n',
  ])
})
