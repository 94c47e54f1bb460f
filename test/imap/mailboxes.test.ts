import { describe, expect, test } from 'vitest'
import { connectToScript } from './connections.ts'
import { errorOf } from './outcome.ts'
import { connected, lastCommand, letter, rowsOf } from './sample-server.ts'

describe('listMailboxes', () => {
  test('tells mailboxes with roles, subscriptions and STATUS, in one command', async () => {
    const { server, connection } = await connected()
    const listed = await connection.listMailboxes()
    const status = { uidNext: 1, messages: 0, highestModseq: 1n }
    expect(listed).toEqual([
      {
        path: 'INBOX',
        wirePath: 'INBOX',
        delimiter: '/',
        specialUse: 'inbox',
        selectable: true,
        subscribed: true,
        status: { uidValidity: 1_700_000_001n, uidNext: 10, messages: 4, highestModseq: 5n },
      },
      {
        path: 'Archive',
        wirePath: 'Archive',
        delimiter: '/',
        specialUse: undefined,
        selectable: false,
        subscribed: true,
        status: undefined,
      },
      {
        path: 'Archive/2019',
        wirePath: 'Archive/2019',
        delimiter: '/',
        specialUse: 'archive',
        selectable: true,
        subscribed: false,
        status: { ...status, uidValidity: 1_700_000_003n },
      },
      {
        path: 'Entw\xfcrfe',
        wirePath: 'Entw\xfcrfe',
        delimiter: '/',
        specialUse: undefined,
        selectable: true,
        subscribed: true,
        status: { ...status, uidValidity: 1_700_000_004n },
      },
    ])
    expect(lastCommand(server)).toBe(
      'LIST "" "*" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ) SUBSCRIBED SPECIAL-USE)',
    )
  })

  test('is a plain LIST where the server has no LIST-STATUS', async () => {
    const { server, connection } = await connected({ 'LIST-STATUS': false })
    const listed = await connection.listMailboxes()
    expect(listed.map(({ path, specialUse, status }) => [path, specialUse, status])).toEqual([
      ['INBOX', 'inbox', undefined],
      ['Archive', undefined, undefined],
      ['Archive/2019', 'archive', undefined],
      ['Entw\xfcrfe', undefined, undefined],
    ])
    expect(lastCommand(server)).toBe('LIST "" "*"')
  })

  test.each(['NO', 'BAD'] as const)('F51 is plain where the server answers %s to the long form', async (status) => {
    const { server, connection } = await connected()
    server.faults.add({ when: { command: /RETURN/ }, action: { kind: 'answer', status, text: 'what?' } })
    expect((await connection.listMailboxes()).map(({ path }) => path)).toContain('Archive/2019')
    expect(server.faults.fired).toEqual([1])
  })

  test('F51 is plain where the long form names nothing', async () => {
    const { server, connection } = await connected()
    server.faults.add({ when: { command: /RETURN/ }, action: { kind: 'answer', status: 'OK', text: 'done' } })
    expect((await connection.listMailboxes()).map(({ path }) => path)).toContain('INBOX')
  })

  test('takes any number of names that come as literals, of any length', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(400_000))
    const lines = names.map((name) => `* LIST () "/" {${name.length}}\r\n${name}\r\n`)
    const { connection } = await connectToScript({ 'LIST "" "*"': `${lines.join('')}TAG OK done\r\n` })
    expect((await connection.listMailboxes()).map(({ wirePath }) => wirePath)).toEqual(names)
  })

  test('names INBOX once, whatever its case, and the last of two lines stands', async () => {
    const { connection } = await connectToScript({
      'LIST "" "*"': `* LIST () "/" inbox\r\n* LIST () "/" a\r\n* LIST (\\Noselect) "/" a\r\n* LIST () "/" INBOX\r\n* LIST () "/" A\r\nTAG OK\r\n`,
    })
    expect((await connection.listMailboxes()).map(({ wirePath, selectable }) => [wirePath, selectable])).toEqual([
      ['INBOX', true],
      ['a', false],
      ['A', true],
    ])
  })

  test('F51 STATUS finds its mailbox by octets, and INBOX in any case', async () => {
    const { connection } = await connectToScript(
      {
        'LIST "" "*"':
          '* LIST () "/" "A b"\r\n* STATUS {3}\r\nA b (MESSAGES 7)\r\n* LIST () "/" INBOX\r\n* STATUS inbox (MESSAGES 3)\r\n* LIST () "/" c\r\n* STATUS C (MESSAGES 9)\r\nTAG OK\r\n',
      },
      { capabilities: 'IMAP4rev1 LIST-EXTENDED LIST-STATUS' },
    )
    const messages = (await connection.listMailboxes()).map(({ wirePath, status }) => [wirePath, status?.messages])
    expect(messages).toEqual([
      ['A b', 7],
      ['INBOX', 3],
      ['c', undefined],
    ])
  })

  test('I04 is empty where the server names nothing at all', async () => {
    const { server, connection } = await connected()
    server.faults.add({ when: { command: /LIST/ }, action: { kind: 'answer', status: 'OK', text: 'done' } })
    expect(await connection.listMailboxes()).toEqual([])
  })

  test('is COMMAND_REJECTED where the server refuses to list at all', async () => {
    const { server, connection } = await connected()
    server.faults.add({ when: { command: /LIST/ }, action: { kind: 'answer', status: 'NO', text: '[NOPERM] never' } })
    expect(await errorOf(connection.listMailboxes())).toMatchObject({
      code: 'COMMAND_REJECTED',
      message: 'could not list the mailboxes: NO [NOPERM] never',
    })
  })
})

describe('status', () => {
  test('tells what STATUS says', async () => {
    const { connection } = await connected()
    expect(await connection.status('INBOX')).toEqual({
      uidValidity: 1_700_000_001n,
      uidNext: 10,
      messages: 4,
      highestModseq: 5n,
    })
  })

  test('a mailbox that does not exist is COMMAND_REJECTED, with the response code', async () => {
    const { connection } = await connected()
    const error = await errorOf(connection.status('Archive/1999'))
    expect(error).toMatchObject({ code: 'COMMAND_REJECTED', scope: 'mailbox', responseCode: 'NONEXISTENT' })
    expect(error.message).toMatch(/^could not ask for the status of mailbox "Archive\/1999": NO \[NONEXISTENT\] /)
    expect(connection.usable).toBe(true)
  })

  test('I05 what is not told is undefined', async () => {
    const { server, connection } = await connected()
    for (const field of ['UIDNEXT', 'HIGHESTMODSEQ'] as const) {
      server.faults.add({ when: { command: /STATUS/ }, action: { kind: 'field', field, value: undefined } })
    }
    expect(await connection.status('INBOX')).toEqual({
      uidValidity: 1_700_000_001n,
      uidNext: undefined,
      messages: 4,
      highestModseq: undefined,
    })
    server.faults.clear()
    server.faults.add({ when: { command: /STATUS/ }, action: { kind: 'answer', status: 'OK', text: 'done' } })
    expect(await connection.status('INBOX')).toEqual({
      uidValidity: undefined,
      uidNext: undefined,
      messages: undefined,
      highestModseq: undefined,
    })
  })
})

describe('examine', () => {
  test('tells what the mailbox says of itself at that moment (I17)', async () => {
    const { store, server, connection } = await connected()
    const examined = await connection.examine('INBOX')
    expect(lastCommand(server)).toBe('EXAMINE "INBOX" (CONDSTORE)')
    store.append('INBOX', Buffer.from(letter(10)))
    await connection.searchUids()
    expect(examined).toEqual({ uidValidity: 1_700_000_001n, uidNext: 10, messages: 4, highestModseq: 5n })
  })

  test('F46 goes out with the very octets that LIST gave', async () => {
    const { server, connection } = await connected({ 'LITERAL+': true })
    expect(await connection.examine('Entw\xfcrfe')).toMatchObject({ messages: 0 })
    expect(lastCommand(server)).toBe('EXAMINE {8+} (CONDSTORE)')
    const waiting = await connected({ 'LITERAL+': false })
    expect(await waiting.connection.examine('Entw\xfcrfe')).toMatchObject({ messages: 0 })
    expect(lastCommand(waiting.server)).toBe('EXAMINE {8} (CONDSTORE)')
  })

  test('S23 a name with a line break is refused before anything is sent', async () => {
    const { server, connection } = await connected()
    const before = server.commands.length
    expect(await errorOf(connection.examine('INBOX"\r\nM9 DELETE INBOX'))).toMatchObject({
      code: 'COMMAND_REJECTED',
      scope: 'mailbox',
    })
    expect(server.commands).toHaveLength(before)
    expect(connection.usable).toBe(true)
  })

  test.each([
    ['F36', 'UIDVALIDITY', '0', { uidValidity: undefined }],
    ['F36', 'UIDVALIDITY', undefined, { uidValidity: undefined }],
    ['F38', 'UIDNEXT', undefined, { uidNext: undefined }],
    ['F38', 'UIDNEXT', '0', { uidNext: undefined }],
    ['F38', 'UIDNEXT', 'soon', { uidNext: undefined }],
    ['F60', 'HIGHESTMODSEQ', '0', { highestModseq: undefined }],
    ['F60', 'HIGHESTMODSEQ', '-1', { highestModseq: undefined }],
    ['F60', 'HIGHESTMODSEQ', undefined, { highestModseq: undefined }],
    ['F62', 'HIGHESTMODSEQ', '9223372036854775807', { highestModseq: 2n ** 63n - 1n }],
  ] as const)('%s a %s of %s is understood', async (...[, field, value, differences]) => {
    const { server, connection } = await connected()
    server.faults.add({ when: { command: /EXAMINE/ }, action: { kind: 'field', field, value } })
    const usual = { uidValidity: 1_700_000_001n, uidNext: 10, messages: 4, highestModseq: 5n }
    expect(await connection.examine('INBOX')).toEqual({ ...usual, ...differences })
  })

  test('a mailbox that does not say how many messages it has is given up, and only that', async () => {
    const { server, connection } = await connected()
    server.faults.add({
      when: { command: /EXAMINE "INBOX"/ },
      action: { kind: 'edit-lines', edit: (line) => (line.endsWith('EXISTS') ? undefined : line) },
    })
    expect(await errorOf(connection.examine('INBOX'))).toMatchObject({ code: 'COMMAND_REJECTED', scope: 'mailbox' })
    expect(await connection.examine('Archive/2019')).toMatchObject({ messages: 0 })
  })

  test('F51 a server that does not know CONDSTORE after all is examined without, and not asked again', async () => {
    const { server, connection } = await connected()
    server.faults.add({ when: { command: /CONDSTORE/ }, action: { kind: 'answer', status: 'BAD', text: 'what?' } })
    expect(await connection.examine('INBOX')).toEqual({
      uidValidity: 1_700_000_001n,
      uidNext: 10,
      messages: 4,
      highestModseq: undefined,
    })
    await rowsOf(connection)
    expect(lastCommand(server)).toBe('UID FETCH 1:* (UID FLAGS)')
    await connection.examine('INBOX')
    expect(server.faults.fired).toEqual([1])
  })

  test('a refused mailbox leaves CONDSTORE in use', async () => {
    const { server, connection } = await connected()
    await errorOf(connection.examine('Archive/1999'))
    await connection.examine('INBOX')
    expect(lastCommand(server)).toBe('EXAMINE "INBOX" (CONDSTORE)')
  })
})
