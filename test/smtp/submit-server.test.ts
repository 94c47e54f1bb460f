import { createHash, randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import type { Cut } from '../servers/scripted-smtp.ts'
import { connected, envelope, octets, refusalOf, submit } from './connected.ts'

const hashOf = (data: Buffer | undefined): string =>
  createHash('sha256')
    .update(data ?? '')
    .digest('hex')

function perRecipient(line: string): string | undefined {
  if (line.includes('zoe')) return '550 5.1.1 no such user'
  return line.includes('carl') ? '450 4.2.1 mailbox busy' : undefined
}

describe('a submission', () => {
  test('arrives as it was, dots at the beginning of lines and all, and says who gets it', async () => {
    await using all = await connected({})
    const outcome = await submit(all.connection)
    expect(outcome).toEqual({
      kind: 'accepted',
      reply: '250 2.0.0 taken',
      recipients: envelope.to.map((address) => ({ address, state: 'accepted', reply: '250 2.0.0 taken' })),
    })
    expect(all.smtp.taken).toEqual([{ from: 'ada@example.org', to: envelope.to, octets }])
  })

  test('of 25 MB with lines of 100,000 octets arrives as it was', async () => {
    await using all = await connected({})
    const line = Buffer.concat([randomBytes(100_000).map((byte) => (byte & 0x3f) + 0x2e), Buffer.from('\r\n')])
    const large = Buffer.concat([Buffer.from('Subject: a\r\n\r\n'), ...Array.from({ length: 250 }, () => line)])
    expect((await submit(all.connection, { octets: large })).kind).toBe('accepted')
    expect(hashOf(all.smtp.taken[0]?.octets)).toBe(hashOf(large))
  })

  test('follows another on the same connection, also after a refusal', async () => {
    let count = 0
    await using all = await connected({
      reply: (command) => (command === 'DOT' && ++count === 2 ? '554 5.6.0 spam' : undefined),
    })
    const kinds = []
    for (let index = 0; index < 3; index++) kinds.push((await submit(all.connection)).kind)
    expect([kinds, all.smtp.connections.count, all.smtp.taken.length]).toEqual([
      ['accepted', 'refused', 'accepted'],
      1,
      2,
    ])
  })

  test('with an empty sender names none (RFC 5321 §4.5.5)', async () => {
    await using all = await connected({})
    await submit(all.connection, { envelope: { from: '', to: ['zoe@example.org'] } })
    expect(all.smtp.commands.some((line) => line.startsWith('MAIL FROM:<>'))).toBe(true)
  })

  test('to a domain beyond ASCII goes out in its ASCII form, and the answer is about the one that was asked', async () => {
    await using all = await connected({
      extensions: [],
      reply: (line) => (line.startsWith('RCPT') ? '550 who?' : undefined),
    })
    const outcome = await submit(all.connection, { envelope: { from: 'ada@example.org', to: ['zoe@bücher.example'] } })
    expect(all.smtp.commands).toContain('RCPT TO:<zoe@xn--bcher-kva.example>')
    expect(outcome).toMatchObject({
      kind: 'refused',
      recipients: [{ address: 'zoe@bücher.example', state: 'refused' }],
    })
  })

  test('to an address beyond ASCII says so to a server that takes it (RFC 6531)', async () => {
    await using all = await connected({})
    await submit(all.connection, { envelope: { from: 'ada@example.org', to: ['zoë@bücher.example'] } })
    expect(all.smtp.commands.filter((line) => /^(?:MAIL|RCPT)/.test(line))).toEqual([
      expect.stringContaining('SMTPUTF8'),
      'RCPT TO:<zoë@bücher.example>',
    ])
  })

  test('tells its size, and knows how much the server takes (RFC 1870)', async () => {
    await using all = await connected({ extensions: ['SIZE 1000'] })
    await submit(all.connection)
    expect(all.connection.maxOctets).toBe(1000)
    expect(all.smtp.commands.find((line) => line.startsWith('MAIL'))).toContain(`SIZE=${octets.length}`)
  })
})

test('tells nobody what this machine is called', async () => {
  await using all = await connected({})
  expect(all.smtp.commands[0]).toBe('EHLO [127.0.0.1]')
})

describe('F93 a connection that is cut', () => {
  test.each<[Cut, boolean]>([
    ['mail', false],
    ['rcpt', false],
    ['data', false],
    ['payload', false],
    ['end', true],
  ])('at %s: may be taken: %s', async (cut, mayBeTaken) => {
    await using all = await connected({ cut, extensions: [] })
    // So much that the end is far away when the first octets arrive.
    const large = cut === 'payload' ? Buffer.alloc(30_000_000, 'text\r\n') : octets
    const outcome = await submit(all.connection, { octets: large })
    expect(outcome).toMatchObject({ kind: 'lost', mayBeTaken })
    expect([all.smtp.taken.length, all.connection.usable]).toEqual([mayBeTaken ? 1 : 0, false])
  })

  test('right after the answer has delivered', async () => {
    await using all = await connected({ cut: 'answered' })
    expect((await submit(all.connection)).kind).toBe('accepted')
  })

  test.each<Cut>(['greeting', 'ehlo'])('at %s refuses to connect', async (cut) => {
    expect(await refusalOf({ cut })).toBe('SERVER_UNREACHABLE')
  })

  test('before the end because we say so never shows the server an end', async () => {
    await using all = await connected({})
    const outcome = await submit(all.connection, { beforeEnd: () => Promise.resolve(false) })
    expect(outcome).toMatchObject({ kind: 'lost', mayBeTaken: false })
    expect([all.smtp.taken, all.connection.usable]).toEqual([[], false])
  })

  test('because the outbox cannot be written throws what that threw', async () => {
    await using all = await connected({})
    const full = new AppError({ code: 'STORE_FULL', message: 'the disk is full' })
    await expect(submit(all.connection, { beforeEnd: () => Promise.reject(full) })).rejects.toBe(full)
    expect(all.smtp.taken).toEqual([])
  })

  test('the end is asked for once, when the server has been given all but it', async () => {
    await using all = await connected({})
    const seen: number[] = []
    await submit(all.connection, {
      octets: Buffer.concat([octets, Buffer.alloc(600_000, 'a\r\n')]),
      beforeEnd: () => {
        seen.push(all.smtp.taken.length)
        return Promise.resolve(true)
      },
    })
    expect([seen, all.smtp.taken.length]).toEqual([[0], 1])
  })

  test('by an interruption in the midst throws, and after the end does not know', async () => {
    const outcomes: unknown[] = []
    for (const isEnded of [false, true]) {
      await using all = await connected({ reply: (command) => (isEnded && command === 'DOT' ? 'stall' : undefined) })
      const interruption = new AbortController()
      const beforeEnd = async (): Promise<boolean> => {
        if (!isEnded) interruption.abort()
        else setImmediate(() => interruption.abort())
        return Promise.resolve(true)
      }
      const ending = all.connection.submit({ envelope, octets, beforeEnd }, interruption.signal)
      outcomes.push(await ending.catch((error: unknown) => error))
    }
    expect(outcomes).toMatchObject([{ code: 'INTERRUPTED' }, { kind: 'lost', mayBeTaken: true }])
  })
})

describe('F95 answers', () => {
  test('to each recipient are told apart', async () => {
    await using all = await connected({ reply: perRecipient })
    const to = ['zoe@example.org', 'bob@example.org', 'carl@example.org']
    expect(await submit(all.connection, { envelope: { from: 'ada@example.org', to } })).toEqual({
      kind: 'accepted',
      reply: '250 2.0.0 taken',
      recipients: [
        { address: 'zoe@example.org', state: 'refused', reply: '550 5.1.1 no such user' },
        { address: 'bob@example.org', state: 'accepted', reply: '250 2.0.0 taken' },
        { address: 'carl@example.org', state: 'deferred', reply: '450 4.2.1 mailbox busy' },
      ],
    })
    expect(all.smtp.taken[0]?.to).toEqual(['bob@example.org'])
  })

  test.each([
    ['DOT', '554 5.6.0 spam', { isTemporary: false, concernsAccount: false }],
    ['DOT', '451 4.3.0 later', { isTemporary: true, concernsAccount: false }],
    ['DOT', '421 4.3.2 going down', { isTemporary: true, concernsAccount: true }],
    ['MAIL', '450 4.7.1 too much mail', { isTemporary: true, concernsAccount: true }],
    ['MAIL', '553 5.7.1 not your address', { isTemporary: false, concernsAccount: false }],
    ['MAIL', '421 4.7.0 too many messages', { isTemporary: true, concernsAccount: true }],
    ['DATA', '452 4.3.1 no space', { isTemporary: true, concernsAccount: false }],
    ['RCPT', '550 5.1.1 nobody', { isTemporary: false, concernsAccount: false }],
    ['RCPT', '450 4.2.1 busy', { isTemporary: true, concernsAccount: false }],
  ])('to %s of %s refuse the message: %j', async (command, reply, expected) => {
    for (const extensions of [[], ['PIPELINING']]) {
      await using all = await connected({ extensions, reply: (line) => (line.startsWith(command) ? reply : undefined) })
      expect(await submit(all.connection)).toMatchObject({ kind: 'refused', ...expected })
      expect(all.smtp.taken).toEqual([])
    }
  })

  test('that the server has had enough leave a connection of no use', async () => {
    await using all = await connected({ messagesPerConnection: 2 })
    const first = await submit(all.connection)
    const second = await submit(all.connection)
    const third = all.connection.usable ? (await submit(all.connection)).kind : 'not usable'
    expect([first.kind, second.kind]).toEqual(['accepted', 'accepted'])
    expect(['not usable', 'lost', 'refused']).toContain(third)
    expect(all.smtp.taken.length).toBe(2)
  })

  test('that never end are cut off, and do not fill the memory (S22)', async () => {
    await using all = await connected({ reply: (line) => (line === 'DOT' ? `250-${'x'.repeat(100_000)}` : undefined) })
    expect(await submit(all.connection)).toMatchObject({ kind: 'lost', mayBeTaken: true })
  })
})

test('S26 whatever stands in an envelope, nothing but an address reaches a command', async () => {
  await using all = await connected({})
  const text = fc.string({ unit: fc.constantFrom('a', '@', '\r', '\n', '\0', '>', '<', ' ', 'é'), maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(text, async (address) => {
      const before = all.smtp.commands.length
      const isHostile = /[\r\n\0<> ]/.test(address)
      if (!isHostile || !all.connection.usable) return
      await expect(submit(all.connection, { envelope: { from: 'a@example.org', to: [address] } })).rejects.toThrow(
        Error,
      )
      expect(all.smtp.commands.length).toBe(before)
    }),
  )
})
