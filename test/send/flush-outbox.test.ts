import { describe, expect, test } from 'vitest'
import type { Account } from '../../src/model/account.ts'
import { AppError } from '../../src/model/errors.ts'
import type { SendEvent } from '../../src/send/events.ts'
import { flushOutbox } from '../../src/send/flush-outbox.ts'
import type { FlushOptions } from '../../src/send/flush-outbox.ts'
import type { NewOutboxMessage, Outbox } from '../../src/send/outbox.ts'
import { MemoryOutbox } from '../support/memory-outbox.ts'
import type { Turn } from '../support/memory-mail-servers.ts'
import { lost, MemorySentMailboxes, MemorySubmitServer, taking } from '../support/memory-mail-servers.ts'

const server = {
  host: 'smtp.example.org',
  port: 465,
  security: 'tls' as const,
  allowPlaintext: false,
  user: 'ada',
  password: undefined,
  caFile: undefined,
  fingerprint: undefined,
}

function accountOf(name: string): Account {
  return {
    name,
    email: `${name}@example.org`,
    store: '/mail.db',
    connections: undefined,
    mailboxes: { include: ['*'], exclude: [] },
    imap: server,
    smtp: server,
    budget: undefined,
    maxMessage: undefined,
    disable: [],
    specialUse: {},
  }
}

interface Stage {
  readonly outbox: Outbox
  readonly submit: MemorySubmitServer
  readonly sent: MemorySentMailboxes
  readonly events: SendEvent[]
  nowMs: number
  readonly add: (text: string, change?: Partial<NewOutboxMessage>) => Promise<number>
  readonly flush: (change?: Partial<FlushOptions>) => Promise<void>
  readonly states: () => Promise<Readonly<Record<number, string>>>
}

function stage(submit = new MemorySubmitServer()): Stage {
  const outbox = new MemoryOutbox()
  const sent = new MemorySentMailboxes()
  const events: SendEvent[] = []
  const own: Stage = {
    outbox,
    submit,
    sent,
    events,
    nowMs: 1000,
    add: (text, change = {}) =>
      outbox.add({
        account: 'ada',
        messageId: `<${text}@example.org>`,
        subject: text,
        envelope: { from: 'ada@example.org', to: ['zoe@example.org'] },
        octets: Buffer.from(`Message-ID: <${text}@example.org>\r\nBcc: hidden@example.org\r\n\r\n${text}\r\n`),
        queuedAtMs: own.nowMs,
        nextTryMs: undefined,
        copy: 'wanted',
        ...change,
      }),
    flush: (change = {}) =>
      flushOutbox({
        outbox,
        accounts: [accountOf('ada'), accountOf('bob')],
        server: submit,
        sentMailboxes: sent,
        keepsSentCopies: () => false,
        nowMs: () => own.nowMs,
        delay: (ms) => {
          own.nowMs += ms
          return Promise.resolve()
        },
        signal: new AbortController().signal,
        patienceMs: 0,
        onEvent: (event) => events.push(event),
        ...change,
      }),
    states: async () => Object.fromEntries((await outbox.entries()).map(({ id, state }) => [id, state])),
  }
  return own
}

const throttled = new AppError({ code: 'THROTTLED', message: '421 come back later' })

describe('a flush', () => {
  test('sends what is due in its order over one connection, and files copies with Bcc, which is never sent', async () => {
    const { add, flush, submit, sent, states } = stage()
    for (const text of ['one', 'two', 'three']) await add(text)
    await flush()
    expect(submit.delivered.map(({ text }) => text)).toEqual(
      ['one', 'two', 'three'].map((text) => `Message-ID: <${text}@example.org>\r\n\r\n${text}\r\n`),
    )
    expect(submit.connections).toBe(1)
    expect(sent.copies.map((copy) => copy.includes('Bcc: hidden@example.org'))).toEqual([true, true, true])
    expect(await states()).toEqual({ 1: 'sent', 2: 'sent', 3: 'sent' })
  })

  test('sends nothing twice, nor files a copy twice', async () => {
    const { add, flush, submit, sent } = stage()
    await add('one')
    await flush()
    await flush()
    expect([submit.delivered.length, sent.copies.length]).toEqual([1, 1])
  })

  test('leaves what is delayed until its time, and what was queued after the last that is asked for', async () => {
    const { add, flush, submit, nowMs } = stage()
    await add('later', { nextTryMs: nowMs + 1 })
    const last = await add('asked')
    await add('after')
    await flush({ lastId: last })
    expect(submit.delivered.map(({ text }) => text.includes('asked'))).toEqual([true])
  })

  test('sends of each account by itself: trouble of one is not the trouble of another', async () => {
    const { add, flush, states, events } = stage(new MemorySubmitServer())
    await add('one', { account: 'ada' })
    await add('two', { account: 'bob' })
    const refusing = new AppError({ code: 'LOGIN_REJECTED', message: 'wrong password' })
    const other = new MemorySubmitServer()
    await flush({
      server: { connect: (account) => (account.name === 'ada' ? Promise.reject(refusing) : other.connect()) },
    })
    expect(await states()).toEqual({ 1: 'queued', 2: 'sent' })
    expect(events.filter(({ type }) => type === 'account-stopped')).toEqual([
      { type: 'account-stopped', account: 'ada', error: refusing },
    ])
  })

  test('does nothing while another process sends', async () => {
    const { add, flush, outbox, submit, events } = stage()
    await add('one')
    using lock = await outbox.lockSending()
    expect(lock).toBeDefined()
    await flush()
    expect([submit.connections, events]).toEqual([0, [{ type: 'outbox-busy' }]])
  })
})

describe('F93 what may have been taken', () => {
  test('is unknown, is not sent again, and does not stop what comes after it', async () => {
    const { add, flush, submit, states } = stage(new MemorySubmitServer(lost(true)))
    await add('one')
    await add('two')
    await flush()
    await flush()
    expect(submit.delivered.map(({ text }) => text.includes('two'))).toEqual([true])
    expect(await states()).toEqual({ 1: 'unknown', 2: 'sent' })
  })

  test('is sent, once it is found in the \\Sent mailbox', async () => {
    const { add, flush, sent, states, events } = stage(new MemorySubmitServer(lost(true)))
    await add('one')
    await flush()
    sent.copies.push('Message-ID: <one@example.org>')
    await flush()
    expect(await states()).toEqual({ 1: 'sent' })
    expect(sent.copies.length).toBe(1)
    expect(events.at(-1)).toMatchObject({ type: 'message-confirmed', entry: { id: 1, copy: 'appended' } })
  })

  test('stays unknown where another message of the same Message-ID may be the one that lies there', async () => {
    const { add, flush, sent, states } = stage(new MemorySubmitServer(taking, lost(true), lost(true)))
    await add('one')
    await add('again', { messageId: '<one@example.org>' })
    const resent = 'Resent-From: ada@example.org\r\nMessage-ID: <two@example.org>\r\n\r\nx\r\n'
    await add('two', { octets: Buffer.from(resent) })
    sent.copies.push('Message-ID: <two@example.org>')
    await flush()
    await flush()
    expect(await states()).toEqual({ 1: 'sent', 2: 'unknown', 3: 'unknown' })
  })

  test('was being sent when its process died, and is unknown', async () => {
    const { add, flush, submit, outbox, states, events } = stage()
    const id = await add('one')
    await outbox.beginSending(id, 0)
    await flush()
    expect([await states(), submit.connections]).toEqual([{ 1: 'unknown' }, 0])
    expect(events[0]).toMatchObject({ type: 'message-abandoned', entry: { id: 1, state: 'unknown' } })
  })

  test('cannot have been when the connection was lost before the end: it is sent again', async () => {
    const { add, flush, submit, states } = stage(new MemorySubmitServer(lost(false), lost(false)))
    await add('one')
    await flush({ patienceMs: 10_000 })
    expect([submit.delivered.length, await states()]).toEqual([1, { 1: 'sent' }])
  })

  test('cancelled meanwhile is not sent', async () => {
    const { add, flush, outbox, submit, states } = stage()
    const id = await add('one')
    const cancelling = {
      connect: async () => {
        const connection = await submit.connect()
        await outbox.cancel(id, 1)
        return connection
      },
    }
    await flush({ server: cancelling })
    expect([submit.delivered.length, await states()]).toEqual([0, { 1: 'cancelled' }])
  })
})

function tooMuch(ends: boolean): Turn {
  return {
    outcome: { kind: 'refused', isTemporary: true, concernsAccount: true, reply: '421 too much', recipients: [] },
    reachesEnd: false,
    ends,
  }
}

describe('F95 the pace that the server sets', () => {
  test('is kept: 500 messages leave in their order, however often it says that it is too much', async () => {
    const turns = Array.from({ length: 500 }, (_, index) =>
      index % 50 === 49 ? [taking, tooMuch(true), throttled] : [taking],
    ).flat()
    const { add, flush, submit } = stage(new MemorySubmitServer(...turns))
    for (let index = 0; index < 500; index++) await add(`m${index}`)
    await flush({ patienceMs: 10_000 })
    expect(submit.delivered.map(({ text }) => /\r\n\r\n(.*)\r\n/.exec(text)?.[1])).toEqual(
      Array.from({ length: 500 }, (_, index) => `m${index}`),
    )
  })

  test('beyond our patience leaves the rest queued, in its place', async () => {
    const { add, flush, submit, states, events } = stage(new MemorySubmitServer(tooMuch(false), tooMuch(false)))
    await add('one')
    await add('two')
    await flush({ patienceMs: 1500 })
    expect([await states(), submit.delivered.length]).toEqual([{ 1: 'queued', 2: 'queued' }, 0])
    expect(events.map(({ type }) => type)).toEqual([
      'message-submitted',
      'account-paused',
      'message-submitted',
      'account-stopped',
    ])
    await flush()
    expect(submit.delivered.map(({ text }) => text.includes('one'))).toEqual([true, false])
  })

  test('a message with which the connection is lost again and again lets others go first', async () => {
    const { add, flush, submit, states } = stage(new MemorySubmitServer(lost(false), lost(false), lost(false)))
    await add('poison')
    await add('two')
    await flush({ patienceMs: 20_000 })
    expect(submit.delivered.map(({ text }) => text.includes('two'))).toEqual([true])
    expect(await states()).toEqual({ 1: 'queued', 2: 'sent' })
  })
})

describe('what the server cannot take', () => {
  test.each([
    [
      'a message that is larger than it says',
      { octets: Buffer.alloc(10_001, 'a') },
      /10001 octets.*no more than 10000/,
    ],
    ['an address beyond ASCII', { envelope: { from: 'ada@example.org', to: ['zoë@example.org'] } }, /SMTPUTF8/],
  ])('%s fails without being offered', async (_, change, reply) => {
    const { add, flush, outbox, submit } = stage()
    await add('one', change)
    await flush()
    const [entry] = await outbox.entries()
    expect([entry?.state, submit.delivered.length]).toEqual(['failed', 0])
    expect(entry?.reply).toMatch(reply)
  })

  test('a domain beyond ASCII is no address beyond ASCII', async () => {
    const { add, flush, submit } = stage()
    await add('one', { envelope: { from: 'ada@example.org', to: ['zoe@bücher.example'] } })
    await flush()
    expect(submit.delivered.length).toBe(1)
  })
})

describe('the copy', () => {
  test("is the provider's where it keeps one", async () => {
    const { add, flush, outbox, sent } = stage()
    await add('one')
    await flush({ keepsSentCopies: () => true })
    expect([sent.copies.length, (await outbox.entries())[0]?.copy]).toEqual([0, 'provider'])
  })

  test('that could not be filed is filed by the next flush', async () => {
    const { add, flush, outbox, sent, events } = stage()
    await add('one')
    sent.trouble = new AppError({ code: 'SERVER_UNREACHABLE', message: 'nobody there' })
    await flush()
    expect((await outbox.entries())[0]).toMatchObject({ state: 'sent', copy: 'wanted' })
    expect(events.at(-1)).toMatchObject({ type: 'copies-delayed', account: 'ada' })
    await flush()
    expect([sent.copies.length, (await outbox.entries())[0]?.copy]).toEqual([1, 'appended'])
  })

  test('that is refused does not keep the others from being filed', async () => {
    const { add, flush, outbox, sent, events } = stage()
    await add('one')
    await add('two')
    sent.trouble = new AppError({ code: 'COMMAND_REJECTED', message: 'too large' })
    await flush()
    expect((await outbox.entries()).map(({ copy }) => copy)).toEqual(['wanted', 'appended'])
    expect(events.filter(({ type }) => type === 'copies-delayed').length).toBe(1)
    await flush()
    expect((await outbox.entries()).map(({ copy }) => copy)).toEqual(['appended', 'appended'])
  })

  test('that the mailbox has already, after an answer that was lost, is not filed again', async () => {
    const { add, flush, outbox, sent } = stage()
    await add('one')
    sent.copies.push('Message-ID: <one@example.org>')
    await flush()
    expect([sent.copies.length, (await outbox.entries())[0]?.copy]).toEqual([1, 'appended'])
  })

  test('is not kept where nobody wants one', async () => {
    const { add, flush, sent } = stage()
    await add('one', { copy: 'not-wanted' })
    await flush()
    expect(sent.copies).toEqual([])
  })
})
