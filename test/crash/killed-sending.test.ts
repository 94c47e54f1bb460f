import { expect, test } from 'vitest'
import { startProgram } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { outboxOf, sendingHome } from '../support/sending-home.ts'

/** Where the server is when the sender dies, whether it has the message, and what the outbox may say then. */
const steps = [
  ['EHLO', 'before the login', 'queued'],
  ['AUTH', 'at the login', 'queued'],
  ['MAIL', 'at the envelope', 'queued'],
  ['RCPT', 'at a recipient', 'queued'],
  ['DATA', 'before the message', 'queued'],
  ['DOT', 'when the server has taken the message and has not said so', 'unknown'],
] as const

const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ADA_PASSWORD: password }
const hello = ['send', '--to', 'zoe@example.org', '--subject', 'Hello', '--body', 'x']

test.each(steps)('F93 kill -9 at %s (%s): the outbox says %s, and nobody gets it twice', async (step, _, expected) => {
  let kill: (() => void) | undefined
  const home = await sendingHome({
    reply: (line) => {
      if (kill === undefined || !line.startsWith(step)) return undefined
      kill()
      kill = undefined
      // Its answer is never read.
      return undefined
    },
  })
  const sending = startProgram(home.args(...hello), { env })
  kill = () => sending.child.kill('SIGKILL')
  expect((await sending.ended).signal).toBe('SIGKILL')
  await home.run(['outbox', 'list'])
  const before = await outboxOf(home)
  expect(before.map(({ state }) => state)).toEqual([expected === 'unknown' ? 'sending' : 'queued'])
  await home.run(['sync', '-q'])
  await home.run(['outbox', 'flush'])
  const after = await outboxOf(home)
  expect([after.map(({ state }) => state), home.smtp.taken.length]).toEqual([
    [expected === 'unknown' ? 'unknown' : 'sent'],
    1,
  ])
  expect(home.mail.mailbox('Sent').messages.length).toBe(expected === 'unknown' ? 0 : 1)
})

test('F93 kill -9 in the midst of the message: it goes out once', async () => {
  const home = await sendingHome({ cut: 'payload' })
  const text = 'text\n'.repeat(1_000_000)
  const sending = startProgram(home.args('send', '--to', 'zoe@example.org', '--body', '-'), { env, input: text })
  // The cut is seen by the server first; whatever the sender does of it, it dies.
  while (!home.smtp.commands.includes('DATA')) await new Promise((resolve) => setImmediate(resolve))
  sending.child.kill('SIGKILL')
  await sending.ended
  await home.run(['outbox', 'flush'])
  const states = (await outboxOf(home)).map(({ state }) => state)
  expect([states, home.smtp.taken.length]).toEqual([['sent'], 1])
})

test('F93 kill -9 right after the answer: it goes out once, and is sent or unknown', async () => {
  const home = await sendingHome({ cut: 'answered' })
  const sending = startProgram(home.args(...hello), { env })
  while (home.smtp.taken.length === 0) await new Promise((resolve) => setImmediate(resolve))
  sending.child.kill('SIGKILL')
  await sending.ended
  await home.run(['outbox', 'flush'])
  const [entry] = await outboxOf(home)
  expect(['sent', 'unknown']).toContain(entry?.['state'])
  expect(home.smtp.taken.length).toBe(1)
})
