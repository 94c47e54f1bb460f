import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { MailStore } from '../../src/demo/mail-store.ts'
import { openMailClient } from '../servers/mail-client.ts'
import { startCommand, writeHome } from '../support/run-command.ts'
import type { RunningCommand } from '../support/run-command.ts'
import { loadAccount, PASSWORD, type Places, USER, useState } from './accounts.ts'
import type { Measured } from './measure.ts'
import type { Corpus } from './options.ts'
import { atMost, type Verdict } from './report.ts'

const appends = 50
const accounts = 100
const restMs = 5000
const quietMs = 30_000

export interface WatchFigures {
  readonly label: string
  readonly rows: readonly Measured[]
  readonly verdicts: readonly Verdict[]
}

/** How soon new mail is found beside a watch, and what a hundred accounts cost when nothing happens. */
export async function* measureWatch({
  corpus,
  places,
}: {
  readonly corpus: Corpus
  readonly places: Places
}): AsyncGenerator<WatchFigures> {
  await loadAccount(corpus, places)
  useState(corpus, 'before', places)
  const seconds = await secondsUntilFound(places)
  yield { label: 'watch', rows: [], verdicts: [atMost('seconds from APPEND to found, median', seconds, 2)] }
  const { megabytes, share, connections } = await hundredAccounts(places)
  const verdicts = [
    atMost(`${accounts} accounts, MB`, megabytes, 300),
    atMost(`${accounts} accounts, share of a core when nothing happens`, share, 0.05),
    atMost(`${accounts} accounts, connections`, connections, accounts),
  ]
  yield { label: 'watch', rows: [], verdicts }
}

async function secondsUntilFound({ benchDirectory, port }: Places): Promise<number> {
  const home = join(benchDirectory, 'work', 'watch')
  rmSync(home, { recursive: true, force: true })
  const { config } = writeHome(home, port)
  writeFileSync(config, readFileSync(config, 'utf8').replace('user = "ada"', `user = "${USER}"`))
  const watching = startCommand(['-c', config, 'watch', '--json'], { ADA_PASSWORD: PASSWORD })
  const news = new EventsOf(watching)
  await news.next('account-finished')
  await using client = await openMailClient({ port, user: USER, password: PASSWORD })
  const found: number[] = []
  // Octets that the mirror holds already would not be indexed: former runs leave their mail on the server.
  for (let number = 0; number < appends; number++) {
    const octets = Buffer.from(
      `From: Zoe <zoe@example.org>\r\nSubject: new ${number} of ${process.pid}\r\n\r\nHello\r\n`,
    )
    const begunMs = performance.now()
    await client.append('INBOX', [{ octets }])
    await news.next('new-mail')
    found.push((performance.now() - begunMs) / 1000)
  }
  watching.child.kill('SIGTERM')
  await watching.ended
  return found.toSorted((one, other) => one - other)[appends >> 1] ?? Number.NaN
}

interface Cost {
  readonly megabytes: number
  readonly share: number
  readonly connections: number
}

async function hundredAccounts({ benchDirectory }: Places): Promise<Cost> {
  const store = new MailStore()
  for (let number = 0; number < 20; number++) store.append('INBOX', Buffer.from(`Subject: ${number}\r\n\r\nHello\r\n`))
  await using server = await startDemoServer({ store, users: { ada: PASSWORD } })
  const home = join(benchDirectory, 'work', 'watch-hundred')
  rmSync(home, { recursive: true, force: true })
  const { config } = writeHome(home, server.port)
  const own = readFileSync(config, 'utf8')
  const one = own.slice(own.indexOf('[accounts.ada]'))
  const more = Array.from({ length: accounts - 1 }, (_, index) => one.replaceAll('accounts.ada', `accounts.a${index}`))
  writeFileSync(config, `connections = 300\nconnections-per-host = 300\n${own}${more.join('')}`)
  const watching = startCommand(['-c', config, 'watch', '--json'], { ADA_PASSWORD: PASSWORD })
  const news = new EventsOf(watching)
  for (let number = 0; number < accounts; number++) await news.next('account-finished')
  await delay(restMs)
  const { pid = 0 } = watching.child
  const before = cpuSecondsOf(pid)
  await delay(quietMs)
  const share = ((cpuSecondsOf(pid) - before) * 1000) / quietMs
  const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
  const connections = server.openConnections
  watching.child.kill('SIGTERM')
  await watching.ended
  return { megabytes: (Number(kilobytes) * 1024) / 1e6, share, connections }
}

/** Of all its threads, to a hundredth of a second. */
function cpuSecondsOf(pid: number): number {
  const ticks = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const fields = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return Number(fields[11]) + Number(fields[12])
  })
  return ticks.reduce((sum, one) => sum + one, 0) / 100
}

/** The events that a watch writes. */
class EventsOf {
  readonly #types: string[] = []
  #news = Promise.withResolvers<void>()

  constructor(command: RunningCommand) {
    command.onLine = (line) => {
      const type = /"type":"([\w-]+)"/.exec(line)?.[1]
      if (type !== undefined) this.#types.push(type)
      this.#news.resolve()
      this.#news = Promise.withResolvers()
    }
  }

  async next(type: string): Promise<void> {
    for (;;) {
      for (let seen = this.#types.shift(); seen !== undefined; seen = this.#types.shift()) if (seen === type) return
      await this.#news.promise
    }
  }
}
