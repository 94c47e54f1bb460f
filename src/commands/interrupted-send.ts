import { AppError } from '../model/errors.ts'
import type { OutboxEntry } from '../send/outbox.ts'

/** An error that ended a sending, and what has become of the message until then; others than an interruption stay as they are. */
export function interruptedSend(error: unknown, { state }: OutboxEntry, name: string): unknown {
  if (!(error instanceof AppError) || error.code !== 'INTERRUPTED') return error
  return new AppError({ code: error.code, message: error.message, hint: whereabouts(state, name), cause: error })
}

function whereabouts(state: OutboxEntry['state'], name: string): string {
  switch (state) {
    case 'queued':
      return `the message waits in the outbox: the next sync sends it; \`mailmirror outbox cancel ${name}\` gives it up`
    case 'sent':
      return `the message was accepted for delivery (outbox ${name})`
    case 'sending':
    case 'unknown':
      return `nobody knows whether the server has taken the message: \`mailmirror outbox show ${name}\` shows it; each sync looks for it in the \\Sent mailbox`
    case 'failed':
    case 'cancelled':
      return `the message is ${state}: \`mailmirror outbox show ${name}\` shows it`
  }
}
