import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDovecot } from '../servers/dovecot.ts'
import { openMailClient } from '../servers/mail-client.ts'
import { withoutDovecot } from '../servers/without-dovecot.ts'
import { found } from '../doctor/doctor-home.ts'
import { runCommand, writeHome } from '../support/run-command.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test.skipIf(withoutDovecot)(
  'doctor finds nothing that a Dovecot does not keep, but how many connections it bears',
  async () => {
    await using server = await startDovecot({ connectionLimit: 3 })
    {
      await using client = await openMailClient({ ...server, user: 'ada' })
      await client.append(
        'INBOX',
        Array.from({ length: 30 }, (_, number) => ({ octets: Buffer.from(`Subject: ${number}\r\n\r\nText\r\n`) })),
      )
    }
    const { config } = writeHome(join(temporaryDirectory(), 'home'), server.port, 'connections = 5')
    const run = (...args: readonly string[]) => runCommand(['-c', config, ...args], { ADA_PASSWORD: server.password })
    expect(await run('sync', '-q')).toMatchObject({ status: 0 })
    const result = await run('doctor', '--json')
    expect(result.status).toBe(0)
    expect(found(result, 'probe')).toEqual([
      'note the server bears 3 connections at once; syncs open no more for a week',
    ])
    expect(found(result, 'login')).toEqual(['good ada is logged in'])
  },
)
