import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { startReceiver } from '../delivery/hook-receiver.ts'
import type { Receiver } from '../delivery/hook-receiver.ts'
import { serverState } from '../dovecot/server-state.ts'
import { startDovecot } from '../servers/dovecot.ts'
import { FaultProxy } from '../servers/fault-proxy.ts'
import { openMailClient } from '../servers/mail-client.ts'
import type { MailClient } from '../servers/mail-client.ts'
import { withoutDovecot } from '../servers/without-dovecot.ts'
import { mirrorState } from '../support/mirror-state.ts'
import { startCommand, writeHome } from '../support/run-command.ts'
import type { RunningCommand } from '../support/run-command.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const minutes = Number(process.env['MAILMIRROR_SOAK_MINUTES'] ?? '1440')
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

/** Answers 500 now and then. */
function capriciousReceiver(): Promise<Receiver> {
  let asked = 0
  return startReceiver({
    answer: () => {
      asked++
      return asked % 37 === 0 ? 500 : 200
    },
  })
}

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0

const seqOf = (line: string): number => Number(/"seq":(\d+)/.exec(line)?.[1])

test.skipIf(withoutDovecot)(
  'watch beside a second client and cut connections: the mirror is the server, each change is told once, and nothing grows',
  async () => {
    await using server = await startDovecot()
    await using client = await openMailClient({ ...server, user })
    await client.create('Archive')
    await client.create('Lists')
    await using proxy = await FaultProxy.open(server.port)
    const home = join(temporaryDirectory(), 'home')
    const { config, store } = writeHome(home, proxy.port, 'connections = 3')
    const receiver = await capriciousReceiver()
    appendFileSync(config, `\n[hooks.web]\nurl = ${JSON.stringify(receiver.url)}\n`)
    const start = (...args: readonly string[]): RunningCommand =>
      startCommand(['-c', config, ...args], { ADA_PASSWORD: server.password })
    const watching = start('watch', '--json', '--every', '5m', '--poll', '10s')
    const following = start('log', '--follow', '--since', '0')
    const followed: number[] = []
    following.onLine = (line) => {
      if (line.startsWith('{"v":1,"seq":')) followed.push(seqOf(line))
    }
    const { pid = 0 } = watching.child
    const begun = performance.now()
    const until = begun + minutes * 60_000
    let nextCut = begun + cutEveryMs
    const sizes: Size[] = []
    for (let round = 0; performance.now() < until; round++) {
      await disturb(client, round)
      if (performance.now() > nextCut) {
        proxy.cutAll()
        nextCut += cutEveryMs
      }
      await delay(roundMs)
      sizes.push(sizeOf(pid))
    }
    // The longest time between two questions, and a pass; and the longest pause after one answer of 500.
    await delay(30_000)
    watching.child.kill('SIGTERM')
    expect((await watching.ended).status).toBe(143)
    following.child.kill('SIGTERM')
    await following.ended
    expect(mirrorState(store)).toEqual(await serverState(server, user))
    expect((await start('verify', '--server').ended).status).toBe(0)
    const database = new Sqlite(store, { readonly: true })
    const seqs = database.prepare<[], number>('SELECT seq FROM change ORDER BY seq').pluck().all()
    const twice = database
      .prepare(`SELECT 1 FROM change WHERE kind = 'message-added' GROUP BY epoch, uid HAVING count(*) > 1`)
      .all()
    database.close()
    expect([seqs.at(-1), twice]).toEqual([seqs.length, []])
    expect(followed).toEqual(seqs)
    expect(receiver.taken).toEqual(seqs)
    const tenth = Math.floor(sizes.length / 10)
    const [early, late] = [sizes.slice(tenth, 3 * tenth), sizes.slice(-2 * tenth)].map((some) => ({
      megabytes: Math.round(median(some.map(({ megabytes }) => megabytes))),
      files: median(some.map(({ files }) => files)),
    }))
    expect(late?.files).toBeLessThan((early?.files ?? 0) + 10)
    expect(late?.megabytes).toBeLessThan((early?.megabytes ?? 0) * 1.3 + 20)
    const most = Math.round(Math.max(...sizes.map(({ megabytes }) => megabytes)))
    const mostFiles = Math.max(...sizes.map(({ files }) => files))
    // oxlint-disable-next-line eslint/no-console -- the figures are what a soak is for
    console.log(`${minutes} minutes: ${JSON.stringify({ early, late, most, mostFiles, changes: seqs.length })}`)
  },
)
