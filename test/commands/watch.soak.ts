import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { serverState } from '../dovecot/server-state.ts'
import { startDovecot } from '../servers/dovecot.ts'
import { FaultProxy } from '../servers/fault-proxy.ts'
import { openMailClient } from '../servers/mail-client.ts'
import type { MailClient } from '../servers/mail-client.ts'
import { withoutDovecot } from '../servers/without-dovecot.ts'
import { mirrorState } from '../support/mirror-state.ts'
import { startCommand, writeHome } from '../support/run-command.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const minutes = Number(process.env['MAILMIRROR_SOAK_MINUTES'] ?? '60')
const roundMs = 2000
const cutEveryMs = 2 * 60_000
const user = 'ada'

const text = (subject: string): Buffer =>
  Buffer.from(`From: Ada <ada@example.org>\r\nSubject: ${subject}\r\n\r\nHello\r\n`)

async function disturb(client: MailClient, round: number): Promise<void> {
  await client.append('INBOX', [{ octets: text(`inbox in ${round}`) }])
  await client.append(round % 2 === 0 ? 'Archive' : 'Lists', [{ octets: text(`filed in ${round}`) }])
  await client.select('INBOX')
  await client.addFlags(String(round + 1), [String.raw`\Flagged`])
  if (round % 3 === 0) await client.move(String(Math.max(1, round - 1)), 'Archive')
  if (round % 5 === 0) await client.expunge(String(Math.max(1, round - 2)))
  if (round % 20 === 10) await client.create(`Box ${round}`)
  if (round % 20 === 19) await client.rename(`Box ${round - 9}`, `Renamed ${round - 9}`)
}

interface Size {
  readonly megabytes: number
  readonly files: number
}

function sizeOf(pid: number): Size {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
  return { megabytes: Number(kilobytes) / 1024, files: readdirSync(`/proc/${pid}/fd`).length }
}

test.skipIf(withoutDovecot)(
  'watch beside a second client and cut connections: the mirror is the server, and nothing grows',
  async () => {
    await using server = await startDovecot()
    await using client = await openMailClient({ ...server, user })
    await client.create('Archive')
    await client.create('Lists')
    await using proxy = await FaultProxy.open(server.port)
    const home = join(temporaryDirectory(), 'home')
    const { config, store } = writeHome(home, proxy.port, 'connections = 3')
    const variables = { ADA_PASSWORD: server.password }
    const watching = startCommand(['-c', config, 'watch', '--json', '--every', '5m', '--poll', '10s'], variables)
    const { pid = 0 } = watching.child
    const until = performance.now() + minutes * 60_000
    let nextCut = performance.now() + cutEveryMs
    let early: Size | undefined
    for (let round = 0; performance.now() < until; round++) {
      await disturb(client, round)
      if (performance.now() > nextCut) {
        proxy.cutAll()
        nextCut += cutEveryMs
      }
      await delay(roundMs)
      if (performance.now() > until - minutes * 48_000) early ??= sizeOf(pid)
    }
    // The longest time between two questions, and a pass.
    await delay(30_000)
    const late = sizeOf(pid)
    watching.child.kill('SIGTERM')
    expect((await watching.ended).status).toBe(143)
    expect(mirrorState(store)).toEqual(await serverState(server, user))
    const database = new Sqlite(store, { readonly: true })
    const seqs = database.prepare<[], number>('SELECT seq FROM change ORDER BY seq').pluck().all()
    const twice = database
      .prepare(`SELECT 1 FROM change WHERE kind = 'message-added' GROUP BY epoch, uid HAVING count(*) > 1`)
      .all()
    database.close()
    expect([seqs.at(-1), twice]).toEqual([seqs.length, []])
    expect(late.files).toBeLessThan((early?.files ?? 0) + 10)
    expect(late.megabytes).toBeLessThan((early?.megabytes ?? 0) * 1.3 + 20)
    // oxlint-disable-next-line eslint/no-console -- the figures are what a soak is for
    console.log(`${minutes} minutes: ${JSON.stringify({ early, late, changes: seqs.length })}`)
  },
)
