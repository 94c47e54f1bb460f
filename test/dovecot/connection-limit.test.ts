import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDovecot } from '../servers/dovecot.ts'
import { openMailClient } from '../servers/mail-client.ts'
import { withoutDovecot } from '../servers/without-dovecot.ts'
import { accountAt, imapSource, runSync } from '../support/run-sync.ts'
import type { RunOutcome } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const lowered = ({ events }: RunOutcome): readonly number[] =>
  events.flatMap((event) => (event.type === 'connections-lowered' ? [event.connections] : []))

test.skipIf(withoutDovecot)(
  'F15 a Dovecot with one connection left is mirrored for an account that may have four, and is not asked for more again',
  async () => {
    await using server = await startDovecot({ connectionLimit: 2 })
    // Holds one of the two all the time.
    await using client = await openMailClient({ ...server, user: 'ada' })
    // Enough to be busy with until all connections have been answered.
    const octets = Buffer.from(`Subject: to the list\r\n\r\n${'0123456789abcdef\r\n'.repeat(1000)}`)
    for (let number = 1; number <= 20; number++) {
      await client.create(`Lists/${number}`)
      await client.append(
        `Lists/${number}`,
        Array.from({ length: 20 }, () => ({ octets })),
      )
    }
    const options = {
      accounts: [accountAt(server.port, { connections: 4 })],
      storePath: join(temporaryDirectory(), 'mail.db'),
      source: imapSource(undefined, server.password),
    }
    const first = await runSync(options)
    expect(first.result.complete).toBe(true)
    expect(lowered(first)).toEqual([1])
    const again = await runSync({ ...options, full: true })
    expect(again.result.complete).toBe(true)
    expect(lowered(again)).toEqual([])
  },
)
