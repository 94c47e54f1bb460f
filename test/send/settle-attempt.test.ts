import { describe, expect, test } from 'vitest'
import type { OutboxEntry, RecipientResult } from '../../src/send/outbox.ts'
import type { SubmitOutcome } from '../../src/send/ports.ts'
import { settleAttempt, waitingOf } from '../../src/send/settle-attempt.ts'

const minute = 60_000
const day = 86_400_000

const waiting = (address: string): RecipientResult => ({ address, state: 'waiting', reply: undefined })

const entry: OutboxEntry = {
  id: 1,
  account: 'ada',
  messageId: '<1@example.org>',
  subject: 'a',
  from: 'ada@example.org',
  recipients: [waiting('a@example.org'), waiting('b@example.org')],
  octets: 100,
  state: 'queued',
  attempts: 0,
  queuedAtMs: 0,
  nextTryMs: undefined,
  updatedAtMs: 0,
  reply: undefined,
  copy: 'wanted',
}

const result = (address: string, state: RecipientResult['state'], reply = 'so'): RecipientResult => ({
  address,
  state,
  reply,
})

const accepted: SubmitOutcome = {
  kind: 'accepted',
  reply: '250 ok',
  recipients: [
    { address: 'a@example.org', state: 'accepted', reply: 'so' },
    { address: 'b@example.org', state: 'accepted', reply: 'so' },
  ],
}

const refused = (change: Partial<Extract<SubmitOutcome, { kind: 'refused' }>>): SubmitOutcome => {
  return { kind: 'refused', isTemporary: false, concernsAccount: false, reply: '554 no', recipients: [], ...change }
}

describe('F95 an attempt', () => {
  test('that was accepted for all is sent', () => {
    expect(settleAttempt(entry, accepted, minute)).toEqual({
      state: 'sent',
      recipients: [result('a@example.org', 'accepted'), result('b@example.org', 'accepted')],
      reply: '250 ok',
      nextTryMs: undefined,
    })
  })

  test.each([
    ['452 4.5.3 too many recipients', undefined],
    ['450 4.2.1 later', minute + 5 * minute],
  ])('that was put off for some by %j goes on at its time', (reply, nextTryMs) => {
    const recipients = [
      { address: 'a@example.org', state: 'accepted' as const, reply: 'so' },
      { address: 'b@example.org', state: 'deferred' as const, reply },
    ]
    expect(settleAttempt(entry, { kind: 'accepted', reply: '250 ok', recipients }, minute)).toEqual({
      state: 'queued',
      recipients: [result('a@example.org', 'accepted'), result('b@example.org', 'waiting', reply)],
      reply: '250 ok',
      nextTryMs,
    })
  })

  test('that was refused for some for good is sent, and says to whom not', () => {
    const recipients = [
      { address: 'a@example.org', state: 'accepted' as const, reply: 'so' },
      { address: 'b@example.org', state: 'refused' as const, reply: '550 who?' },
    ]
    expect(settleAttempt(entry, { ...accepted, recipients }, minute)).toMatchObject({
      state: 'sent',
      recipients: [result('a@example.org', 'accepted'), result('b@example.org', 'refused', '550 who?')],
    })
  })

  test('that was deferred for some goes on for them alone, later each time', () => {
    const recipients = [
      { address: 'a@example.org', state: 'accepted' as const, reply: 'so' },
      { address: 'b@example.org', state: 'deferred' as const, reply: '450 later' },
    ]
    const once = settleAttempt(entry, { ...accepted, recipients }, minute)
    expect(once).toMatchObject({
      state: 'queued',
      recipients: [result('a@example.org', 'accepted'), result('b@example.org', 'waiting', '450 later')],
      nextTryMs: 6 * minute,
    })
    const again: OutboxEntry = { ...entry, recipients: once.recipients, attempts: 3 }
    expect(waitingOf(again)).toEqual(['b@example.org'])
    expect(settleAttempt(again, refused({ isTemporary: true }), minute)).toMatchObject({ nextTryMs: 41 * minute })
    expect(settleAttempt(again, refused({}), minute)).toMatchObject({
      state: 'sent',
      recipients: [result('a@example.org', 'accepted'), result('b@example.org', 'refused', '554 no')],
    })
  })

  test('that was refused as a whole for good has failed', () => {
    expect(settleAttempt(entry, refused({}), minute)).toEqual({
      state: 'failed',
      recipients: [result('a@example.org', 'refused', '554 no'), result('b@example.org', 'refused', '554 no')],
      reply: '554 no',
      nextTryMs: undefined,
    })
  })

  test('that was refused for now for all sorts of reasons keeps who was refused for good', () => {
    const recipients = [
      { address: 'a@example.org', state: 'refused' as const, reply: '550 who?' },
      { address: 'b@example.org', state: 'deferred' as const, reply: '450 later' },
    ]
    expect(settleAttempt(entry, refused({ isTemporary: true, recipients }), minute)).toMatchObject({
      state: 'queued',
      recipients: [result('a@example.org', 'refused', '550 who?'), result('b@example.org', 'waiting', '450 later')],
    })
  })

  test('that the server broke off because it was asked too much keeps its place in the queue', () => {
    const outcome = refused({ isTemporary: true, concernsAccount: true, reply: '421 too much' })
    expect(settleAttempt(entry, outcome, minute)).toEqual({
      state: 'queued',
      recipients: entry.recipients,
      reply: '421 too much',
      nextTryMs: undefined,
    })
  })
})

describe('F93 a lost connection', () => {
  test('before the end of the message leaves it queued', () => {
    const outcome: SubmitOutcome = { kind: 'lost', mayBeTaken: false, reason: 'cut' }
    expect(settleAttempt(entry, outcome, minute)).toMatchObject({ state: 'queued', nextTryMs: undefined, reply: 'cut' })
  })

  test('after it leaves nobody knowing', () => {
    const outcome: SubmitOutcome = { kind: 'lost', mayBeTaken: true, reason: 'cut' }
    expect(settleAttempt(entry, outcome, minute)).toEqual({
      state: 'unknown',
      recipients: entry.recipients,
      reply: 'cut',
      nextTryMs: undefined,
    })
  })
})

test('after five days nothing is tried again (RFC 5321 §4.5.4.1)', () => {
  const outcome = refused({ isTemporary: true, reply: '450 later' })
  expect(settleAttempt(entry, outcome, 5 * day - 1).state).toBe('queued')
  expect(settleAttempt(entry, outcome, 5 * day)).toMatchObject({
    state: 'failed',
    reply: 'given up after 5 days: 450 later',
  })
})
