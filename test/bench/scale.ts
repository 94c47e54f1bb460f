import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SyncFinished } from '../../src/sync/events.ts'
import { openMailClient } from '../servers/mail-client.ts'
import { makeCorpus, PASSWORD, type Places, python } from './accounts.ts'
import { configureMailmirror, mailmirrorCommand, type MirroredAccount } from './competitors.ts'
import { measureInTurn, type Measured, type MeterOptions } from './measure.ts'
import { atMost, type Verdict } from './report.ts'
import { openSlowLink } from './slow-link.ts'

export interface ScaleOptions {
  readonly places: Places
  readonly meter: MeterOptions
  /** Runs doveadm with these arguments. */
  readonly doveadm: (...args: readonly string[]) => Promise<string>
}

export interface ScaleResult {
  readonly label: string
  readonly rows: readonly Measured[]
  readonly verdicts: readonly Verdict[]
}

const crowd = { user: 'crowd', mailboxes: 20, messages: 50_000 }
const library = { user: 'library', corpus: 'L', messages: 10_000 }
/** Milliseconds each way, and 10^6 octets per second in all. */
const link = { delay: 25, total: 10 }

/** Free space in GB that it needs: two accounts and their mirrors. */
export const scaleSpace = 4

/** What grows with the number of messages, with the distance, and with a server's whims; one after another. */
export async function* measureScale(options: ScaleOptions): AsyncGenerator<ScaleResult> {
  await loadCrowd(options.places)
  await loadLibrary(options.places)
  yield* measureCrowd(options)
  yield await measurePast(options)
  yield await measureLink(options)
  yield await measureNewEpochs(options)
}

async function* measureCrowd(options: ScaleOptions): AsyncGenerator<ScaleResult> {
  const { port } = options.places
  const account = accountOf(options, { port, user: crowd.user, disable: ['QRESYNC'] })
  const cold = await measureSync(options, { label: 'a million messages, cold', account, isFresh: true })
  yield { ...cold, verdicts: [atMost('a million messages, cold: peak memory, MB', cold.peak, 250)] }

  const idle = await measureSync(options, { label: 'a million messages, nothing changed', account, runs: 3 })
  yield {
    ...idle,
    verdicts: [
      atMost('a million messages, nothing changed: round trips', idle.statement.roundTrips, 10),
      atMost('a million messages, nothing changed: octets received', idle.statement.receivedOctets, 10_000),
      atMost('a million messages, nothing changed: seconds', idle.wall, 0.5),
    ],
  }

  let isFlagged = false
  const turn = async (): Promise<void> => {
    await using client = await openMailClient({ port, user: crowd.user, password: PASSWORD })
    await client.select('INBOX')
    await (isFlagged ? client.removeFlags('12345', ['\\Flagged']) : client.addFlags('12345', ['\\Flagged']))
    isFlagged = !isFlagged
  }
  const flag = await measureSync(options, { label: 'one flag among a million', account, runs: 3, before: turn })
  yield {
    ...flag,
    verdicts: [
      atMost('one flag among a million, without QRESYNC: octets received', flag.statement.receivedOctets, 10_000),
      atMost('one flag among a million, without QRESYNC: seconds', flag.wall, 1),
    ],
  }
}

/** The mirror of a million messages as it was when half of them had come, which is the most work. */
async function measurePast(options: ScaleOptions): Promise<ScaleResult> {
  const account = accountOf(options, { port: options.places.port, user: crowd.user, disable: ['QRESYNC'] })
  const label = 'a million messages, as of the first half'
  const entrant = {
    name: 'mailmirror',
    command: mailmirrorCommand(account.directory, 'status', '--as-of', `${(crowd.mailboxes * crowd.messages) / 2}`),
    prepare: () => Promise.resolve(configureMailmirror(account)),
    check: () => Promise.resolve(undefined),
  }
  const rows = await measureInTurn([entrant], { label, runs: 3, warmUps: 0, repeats: 0 }, options.meter)
  const figures = rows.flatMap((row) => row.runs)
  if (figures.length === 0) throw new Error(`${label}: mailmirror did not do its work`)
  return {
    label,
    rows,
    verdicts: [
      atMost(`${label}: seconds`, Math.min(...figures.map(({ wall }) => wall)), 10),
      atMost(`${label}: peak memory, MB`, Math.max(...figures.map(({ peak }) => peak)), 250),
    ],
  }
}

async function measureLink(options: ScaleOptions): Promise<ScaleResult> {
  await using slow = await openSlowLink(options.places.port, link)
  const account = accountOf(options, { port: slow.port, user: library.user })
  const measured = await measureSync(options, { label: 'over a link, cold', account, isFresh: true })
  const bytes = measured.statement.downloadedOctets / (link.total * 1e6)
  return {
    ...measured,
    verdicts: [atMost('over a link of 50 ms and 10 MB/s: times the time of the octets', measured.wall / bytes, 1.5)],
  }
}

/** Every UIDVALIDITY differs: the messages are the same. */
async function measureNewEpochs(options: ScaleOptions): Promise<ScaleResult> {
  const { port } = options.places
  const account = accountOf(options, { port, user: library.user })
  const held = await measureSync(options, { label: 'a library, cold', account, isFresh: true })
  const before = async (): Promise<void> => {
    const uidValidity = String(Math.trunc(Date.now() / 1000))
    // Unlike a list, this leaves out what cannot be selected.
    const status = await options.doveadm('-f', 'tab', 'mailbox', 'status', '-u', library.user, 'messages', '*')
    for (const line of status.trim().split('\n').slice(1)) {
      const [name = ''] = line.split('\t')
      await options.doveadm('mailbox', 'update', '-u', library.user, '--uid-validity', uidValidity, name)
    }
  }
  const renewed = await measureSync(options, { label: 'new epochs', account, before })
  const share = renewed.statement.receivedOctets / held.statement.downloadedOctets
  return {
    ...renewed,
    verdicts: [atMost('new epochs: octets received again, % of the mail', 100 * share, 2)],
  }
}

function accountOf({ places }: ScaleOptions, account: Omit<MirroredAccount, 'directory'>): MirroredAccount {
  return { ...account, directory: join(places.benchDirectory, 'work', `scale-${account.user}`) }
}

interface SyncStep {
  readonly label: string
  readonly account: MirroredAccount
  /** From nothing. */
  readonly isFresh?: boolean
  /** Default: one. */
  readonly runs?: number
  readonly before?: () => Promise<void>
}

interface MeasuredSync {
  readonly label: string
  readonly rows: readonly Measured[]
  /** Of the last run. */
  readonly statement: Statement
  /** Seconds, the least of the runs. */
  readonly wall: number
  /** 10^6 octets, the most of the runs. */
  readonly peak: number
}

/** One or more runs of `sync`, each of which has to be complete. */
async function measureSync({ places, meter }: ScaleOptions, step: SyncStep): Promise<MeasuredSync> {
  const { account, label, runs = 1 } = step
  let statement: Statement | undefined
  const entrant = {
    name: 'mailmirror',
    command: mailmirrorCommand(account.directory, 'sync', '--json', '--quiet'),
    async prepare() {
      if (step.isFresh === true) rmSync(account.directory, { recursive: true, force: true })
      configureMailmirror(account)
      await step.before?.()
    },
    check() {
      statement = lastStatement(readFileSync(places.outputFile, 'utf8'))
      return Promise.resolve(statement?.isComplete === true ? undefined : 'is not complete')
    },
  }
  const rows = await measureInTurn([entrant], { label, runs, warmUps: 0, repeats: 0 }, meter)
  const figures = rows.flatMap((row) => row.runs)
  if (statement === undefined || figures.length === 0) throw new Error(`${label}: mailmirror did not do its work`)
  return {
    label,
    rows,
    statement,
    wall: Math.min(...figures.map(({ wall }) => wall)),
    peak: Math.max(...figures.map(({ peak }) => peak)),
  }
}

interface Statement {
  readonly isComplete: boolean
  readonly roundTrips: number
  readonly receivedOctets: number
  readonly downloadedOctets: number
}

function lastStatement(output: string): Statement | undefined {
  const line = output.slice(output.lastIndexOf('{"v":1,"type":"sync-finished"')).split('\n', 1)[0] ?? ''
  const finished: SyncFinished = JSON.parse(line)
  const [account] = finished.accounts
  if (account === undefined) return undefined
  const { roundTrips, receivedOctets, mailboxes } = account
  const downloadedOctets = mailboxes.reduce((sum, mailbox) => sum + mailbox.downloadedOctets, 0)
  return { isComplete: finished.complete, roundTrips, receivedOctets, downloadedOctets }
}

/** Both are kept for the next time. */
async function loadCrowd(places: Places): Promise<void> {
  const { user, mailboxes, messages } = crowd
  await once(user, places, () =>
    python('crowd.py', [user, '--mailboxes', `${mailboxes}`, '--messages', `${messages}`, ...portOf(places)], places),
  )
}

async function loadLibrary(places: Places): Promise<void> {
  const { user, corpus, messages } = library
  await once(user, places, async () => {
    const directory = await makeCorpus(corpus, messages, places)
    await python('load.py', [directory, user, ...portOf(places)], places)
  })
}

const portOf = ({ port }: Places): readonly string[] => ['--port', String(port)]

async function once(user: string, { benchDirectory, mailDirectory }: Places, load: () => Promise<void>): Promise<void> {
  const mark = join(benchDirectory, `loaded-${user}`)
  if (existsSync(mark)) return
  console.error(`account ${user}: loading it; this happens once`)
  rmSync(join(mailDirectory, user), { recursive: true, force: true })
  await load()
  writeFileSync(mark, '')
}
