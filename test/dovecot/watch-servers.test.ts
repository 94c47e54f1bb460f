import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startCourier } from '../servers/courier.ts'
import { startCyrus } from '../servers/cyrus.ts'
import { openMailClient } from '../servers/mail-client.ts'
import { withoutServers } from '../servers/unpacked.ts'
import { mirrorState } from '../support/mirror-state.ts'
import { accountAt, imapSource } from '../support/run-sync.ts'
import { RunningWatch } from '../support/run-watch.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { serverState } from './server-state.ts'

const text = (subject: string): Buffer =>
  Buffer.from(`From: Ada <ada@example.org>\r\nSubject: ${subject}\r\n\r\nHello\r\n`)

/** What comes in the moment in which IDLE begins, Cyrus tells nobody: then STATUS does, when a minute has gone. */
async function inTime<T>(running: RunningWatch, event: Promise<T>): Promise<T> {
  const progress = { isOver: false }
  const over = event.finally(() => (progress.isOver = true))
  while (!progress.isOver) await running.clock.advance(60_000)
  return over
}

describe.skipIf(withoutServers).each([
  ['Cyrus', startCyrus, ''],
  ['Courier', startCourier, 'INBOX.'],
] as const)('a watch of %s', (_name, start, prefix) => {
  test('is told of INBOX, and asks for the others', async () => {
    await using server = await start()
    await using client = await openMailClient({ port: server.port, user: server.user, password: server.password })
    await client.append('INBOX', [{ octets: text('first') }, { octets: text('second') }])
    await client.create(`${prefix}Archive`)
    const storePath = join(temporaryDirectory(), 'mail.db')
    const source = imapSource(undefined, server.password)
    const accounts = [accountAt(server.port, { server: { user: server.user } })]
    await using running = await RunningWatch.start({ accounts, storePath, source })
    await running.mirrored()
    await running.listening()
    await client.append('INBOX', [{ octets: text('arrived') }])
    expect((await inTime(running, running.passOf('INBOX'))).newMessages).toBe(1)
    await client.append(`${prefix}Archive`, [{ octets: text('filed') }])
    await running.clock.advance(5 * 60_000)
    expect((await running.passOf(`${prefix}Archive`)).newMessages).toBe(1)
    await client.select('INBOX')
    await client.expunge('1')
    let removed = 0
    while (removed === 0) ({ removed } = await inTime(running, running.passOf('INBOX')))
    await running.stop()
    expect(mirrorState(storePath)).toEqual(await serverState(server, server.user))
  })
})
