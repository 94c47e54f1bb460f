// Loaded by a child as it stands: nothing but types may be imported.
import type { NewOutboxMessage, Outbox } from '../../src/send/outbox.ts'

const message = (octets: number): NewOutboxMessage => ({
  account: 'work',
  messageId: `<${octets}@example.org>`,
  subject: 'Hello',
  envelope: { from: 'me@example.org', to: ['ada@example.org', 'zoe@example.org'] },
  octets: Buffer.alloc(octets, 'Hello\r\n'),
  queuedAtMs: 1000,
  nextTryMs: undefined,
  copy: 'wanted',
})

const recipients = [
  { address: 'ada@example.org', state: 'accepted', reply: '250 ok' },
  { address: 'zoe@example.org', state: 'refused', reply: '550 unknown' },
] as const

/** Each changes an empty outbox further. */
export const outboxSteps: readonly ((outbox: Outbox) => Promise<unknown>)[] = [
  (outbox) => outbox.add(message(150_000)),
  (outbox) => outbox.beginSending(1, 2000),
  (outbox) => outbox.settle(1, { state: 'sent', recipients, reply: '250 queued', nextTryMs: undefined }, 3000),
  (outbox) => outbox.add(message(70_000)),
  (outbox) => outbox.noteCopy(1, 'appended', 4000),
  (outbox) => outbox.beginSending(2, 5000),
  (outbox) => outbox.abandonSending(6000),
  (outbox) => outbox.requeue(2, 7000),
  (outbox) => outbox.cancel(2, 8000),
]
