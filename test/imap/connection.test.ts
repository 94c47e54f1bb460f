import { describe, expect, test } from 'vitest'
import type { MailConnection } from '../../src/sync/ports.ts'
import { connectTo, KeepingSink, uids } from './connections.ts'
import { errorOf } from './outcome.ts'
import { connected, lastCommand, rowsOf } from './sample-server.ts'

describe('capabilities and server id', () => {
  test('are told in capitals, as the server has them after the login', async () => {
    const { connection } = await connected()
    expect([...connection.capabilities]).toContain('LIST-STATUS')
    expect([...connection.capabilities].every((name) => name === name.toUpperCase())).toBe(true)
    expect(connection.serverId).toBe('mailmirror demo')
  })

  test('F51 what the account disables is not told and not used', async () => {
    const { server } = await connected()
    const connection = await connectTo(server, { account: { disable: ['CONDSTORE', 'LIST-STATUS', 'LIST-EXTENDED'] } })
    expect([...connection.capabilities]).not.toContain('CONDSTORE')
    await connection.listMailboxes()
    expect(lastCommand(server)).toBe('LIST "" "*"')
    await connection.examine('INBOX')
    expect(lastCommand(server)).toBe('EXAMINE "INBOX"')
  })
})

describe('NO and BAD', () => {
  type Method = readonly [string, (connection: MailConnection) => Promise<unknown>]
  const methods: readonly Method[] = [
    ['status', (connection) => connection.status('INBOX')],
    ['examine', (connection) => connection.examine('INBOX')],
    ['searchUids', (connection) => connection.searchUids()],
    ['listUids', (connection) => connection.listUids()],
    ['searchLarger', (connection) => connection.searchLarger(1, uids(1))],
    ['fetchRows', (connection) => rowsOf(connection)],
    ['fetchMessages', (connection) => connection.fetchMessages(uids(1), new KeepingSink())],
    ['listMailboxes', (connection) => connection.listMailboxes()],
  ]
  const cases = methods.flatMap((method) => (['NO', 'BAD'] as const).map((status) => [status, ...method] as const))

  test.each(cases)('%s to %s is COMMAND_REJECTED, and the connection stays good', async (status, _name, method) => {
    const { server, connection } = await connected()
    await connection.examine('INBOX')
    server.faults.add({ when: {}, action: { kind: 'answer', status, text: '[SERVERBUG] not today, try again later' } })
    const error = await errorOf(method(connection))
    expect(error).toMatchObject({ code: 'COMMAND_REJECTED', scope: 'mailbox', responseCode: 'SERVERBUG' })
    expect(error.message).toMatch(new RegExp(`^could not .*: ${status} \\[SERVERBUG\\] not today, try again later$`))
    expect(connection.usable).toBe(true)
    server.faults.clear()
    expect(await connection.examine('INBOX')).toMatchObject({ messages: 4 })
  })

  test.each([
    '[THROTTLED] slow down',
    'Request is throttled. Suggested Backoff Time: 92415 milliseconds',
    '[OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)',
    'Too many simultaneous connections. (Failure)',
  ])('F28 F29 "NO %s" is THROTTLED: nothing more is asked, and LOGOUT is still sent', async (text) => {
    const { server, connection } = await connected()
    server.faults.add({ when: { command: /EXAMINE/ }, action: { kind: 'answer', status: 'NO', text } })
    expect(await errorOf(connection.examine('INBOX'))).toMatchObject({ code: 'THROTTLED', scope: 'account' })
    expect(connection.usable).toBe(false)
    expect(await errorOf(connection.status('INBOX'))).toMatchObject({ code: 'THROTTLED' })
    await connection.logout()
    expect(lastCommand(server)).toBe('LOGOUT')
  })

  test('F30 [THROTTLED] within OK is a success', async () => {
    const { server, connection } = await connected()
    server.faults.add({ when: { command: /EXAMINE/ }, action: { kind: 'completion', text: 'OK [THROTTLED] slowly' } })
    expect(await connection.examine('INBOX')).toMatchObject({ messages: 4 })
  })

  test('I08 "OK [EXPUNGEISSUED]" is a success, and what is missing is simply not there', async () => {
    const { server, connection } = await connected()
    await connection.examine('INBOX')
    server.faults.add({ when: { command: /FETCH/ }, action: { kind: 'omit-rows', uids: [3] } })
    server.faults.add({
      when: { command: /FETCH/ },
      action: { kind: 'completion', text: 'OK [EXPUNGEISSUED] some are gone' },
    })
    const sink = new KeepingSink()
    await connection.fetchMessages(uids(2, 3, 5), sink)
    expect(sink.uids).toEqual([2, 5])
  })

  test('I08 "NO Some of the requested messages no longer exist" is a refusal, and what came is kept', async () => {
    const { server, connection } = await connected()
    await connection.examine('INBOX')
    server.faults.add({ when: { command: /FETCH/ }, action: { kind: 'omit-rows', uids: [3] } })
    const text = 'NO Some of the requested messages no longer exist'
    server.faults.add({ when: { command: /FETCH/ }, action: { kind: 'completion', text } })
    const sink = new KeepingSink()
    expect(await errorOf(connection.fetchMessages(uids(2, 3, 5), sink))).toMatchObject({ code: 'COMMAND_REJECTED' })
    expect(sink.uids).toEqual([2, 5])
    expect(connection.usable).toBe(true)
  })
})

describe('logout and destroy', () => {
  test('logout says LOGOUT and ends the connection; twice is the same as once', async () => {
    const { server, connection } = await connected()
    await connection.logout()
    expect(lastCommand(server)).toBe('LOGOUT')
    expect(connection.usable).toBe(false)
    const before = server.commands.length
    await connection.logout()
    expect(server.commands).toHaveLength(before)
    expect(await errorOf(connection.examine('INBOX'))).toMatchObject({ code: 'INTERRUPTED' })
  })

  test.each(['stall', 'bye', 'rst'] as const)('logout ends although the server answers it with %s', async (how) => {
    const { server, connection } = await connected()
    const action = {
      stall: { kind: 'stall' },
      bye: { kind: 'bye', text: 'so long' },
      rst: { kind: 'close', how: 'rst', when: 'before' },
    } as const
    server.faults.add({ when: { command: /LOGOUT/ }, action: action[how] })
    await expect(connection.logout()).resolves.toBeUndefined()
    expect(server.faults.fired).toEqual([1])
  })

  test('destroy in the middle of a command ends it', async () => {
    const { server, connection } = await connected()
    server.faults.add({ when: { command: /EXAMINE/ }, action: { kind: 'stall' } })
    const examined = errorOf(connection.examine('INBOX'))
    connection.destroy()
    expect(await examined).toMatchObject({ code: 'INTERRUPTED' })
    await connection.logout()
  })

  test('a second command before the first has ended is a bug of ours, and the first is not harmed', async () => {
    const { connection } = await connected()
    const first = connection.examine('INBOX')
    await expect(connection.status('INBOX')).rejects.toThrow('STATUS was begun before EXAMINE ended')
    expect(await first).toMatchObject({ messages: 4 })
  })
})
