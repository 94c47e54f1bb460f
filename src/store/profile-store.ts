import { existsSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import type { Finding } from '../profile/finding.ts'
import type { ProfileRuns, RecordedRun, RunSummary, StoredRun } from '../profile/profile-runs.ts'
import type {
  AccountCeiling,
  CommandRecord,
  HeldUp,
  LockSums,
  RunProfile,
  StateSums,
  WriterSums,
} from '../profile/run-profile.ts'
import type { Schedule } from '../profile/schedule.ts'
import type { Samples } from '../profile/samples.ts'
import type { FileRules } from './file-safety.ts'
import { openProfile, profilePathOf } from './open-database.ts'
import { packSamples, unpackSamples } from './packed-samples.ts'
import { toStoreError } from './sqlite-error.ts'
import { parseJson } from './stored-values.ts'

/** Opens the file beside the store. undefined: there is none, and it is not to be made. */
export function openProfileRuns(
  options: FileRules & { readonly path: string; readonly makes: boolean },
): ProfileRuns | undefined {
  const path = profilePathOf(options.path)
  return options.makes || existsSync(path) ? new SqliteProfileRuns(openProfile(path, options), path) : undefined
}

/** How many runs are kept, and of how many of them the commands one by one. */
const keptRuns = 50
const keptWithCommands = 5

interface RunRow {
  readonly id: number
  readonly started_at: number
  readonly version: string
  readonly node: string
  readonly command: string
  readonly elapsed_us: number
  readonly unblamed_us: number
  readonly lanes: number
  readonly forgotten_commands: number
  readonly finding: string
  readonly cpu_us: number | null
  readonly queue_us: number | null
  readonly others_us: number | null
  readonly cpus: number | null
}

interface StateRow {
  readonly account: string
  readonly mailbox: string
  readonly command: string
  readonly state: string
  readonly lane_us: number
  readonly blame_us: number
}

class SqliteProfileRuns implements ProfileRuns {
  readonly #database: Database
  readonly #path: string

  constructor(database: Database, path: string) {
    this.#database = database
    this.#path = path
  }

  save(run: RecordedRun, samples?: Samples): void {
    this.#guarded(() => this.#database.transaction(() => this.#write(run, samples)).immediate())
  }

  list(): readonly RunSummary[] {
    return this.#guarded(() =>
      this.#database.prepare<[], RunRow>('SELECT * FROM run ORDER BY id DESC').all().map(toSummary),
    )
  }

  load(id: number): StoredRun | undefined {
    return this.#guarded(() => {
      const row = this.#database.prepare<[number], RunRow>('SELECT * FROM run WHERE id = ?').get(id)
      return row === undefined
        ? undefined
        : { ...toSummary(row), profile: this.#profileOf(row), samples: this.#samplesOf(id) }
    })
  }

  prune(kept: number): number {
    return this.#guarded(() => this.#database.transaction(() => this.#forget(kept)).immediate())
  }

  close(): void {
    this.#database.close()
  }

  #forget(kept: number): number {
    const { changes } = this.#database
      .prepare('DELETE FROM run WHERE id NOT IN (SELECT id FROM run ORDER BY id DESC LIMIT ?)')
      .run(kept)
    for (const table of ['command', 'sample']) {
      this.#database
        .prepare(`DELETE FROM ${table} WHERE run NOT IN (SELECT id FROM run ORDER BY id DESC LIMIT ?)`)
        .run(Math.min(kept, keptWithCommands))
    }
    return changes
  }

  #write({ profile, finding, ...run }: RecordedRun, samples: Samples | undefined): void {
    const add = (sql: string) => this.#database.prepare(sql)
    const { lastInsertRowid: id } = add(
      `INSERT INTO run (started_at, version, node, command, elapsed_us, unblamed_us, lanes, forgotten_commands, finding,
         cpu_us, queue_us, others_us, cpus)
       VALUES (@startedAtMs, @version, @node, @command, @elapsed, @unblamed, @lanes, @forgotten, @finding,
         @cpuMicros, @queueMicros, @othersMicros, @cpus)`,
    ).run({
      ...run,
      elapsed: Math.round(profile.elapsedMicros),
      unblamed: Math.round(profile.unblamedMicros),
      lanes: profile.lanes,
      forgotten: profile.forgottenCommands,
      finding: JSON.stringify(finding),
      ...(profile.schedule ?? { cpuMicros: null, queueMicros: null, othersMicros: null, cpus: null }),
    })
    const addState = add('INSERT INTO state VALUES (?, ?, ?, ?, ?, ?, ?)')
    for (const { account, mailbox, command, laneMicros, blameMicros } of profile.sums) {
      for (const [state, micros] of Object.entries(laneMicros)) {
        addState.run(id, account, mailbox, command, state, micros, blameMicros[state] ?? 0)
      }
    }
    const addHeld = add('INSERT INTO held_up VALUES (?, ?, ?, ?)')
    for (const { account, by, micros } of profile.heldUp) addHeld.run(id, account, by, micros)
    const addWriter = add('INSERT INTO writer VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    for (const one of profile.writer)
      addWriter.run(id, one.account, one.hash, one.compress, one.sqlite, one.commit, one.open, one.commits)
    const addLock = add('INSERT INTO lock_wait VALUES (?, ?, ?, ?, ?)')
    for (const { lock, pid, program, micros } of profile.locks) addLock.run(id, lock, pid, program, micros)
    const addCeiling = add('INSERT INTO ceiling VALUES (?, ?, ?, ?)')
    for (const { account, borne, wanted } of profile.ceilings) addCeiling.run(id, account, borne, wanted)
    const addCommand = add(`INSERT INTO command VALUES (${Array(17).fill('?').join()})`)
    profile.commands.forEach((one, seq) => {
      addCommand.run(
        id, seq, one.lane, one.account, one.mailbox, one.name, one.sentAt, one.firstAt, one.endedAt, one.sentOctets,
        one.receivedOctets, one.cpuMicros, one.queuedMicros, one.writerMicros, one.gapAt, one.gapMicros, one.messages,
      ) // prettier-ignore
    })
    if (samples !== undefined) add('INSERT INTO sample VALUES (?, ?)').run(id, packSamples(samples))
    this.#forget(keptRuns)
  }

  #profileOf(row: RunRow): RunProfile {
    const { id } = row
    const database = this.#database
    const states = database.prepare<[number], StateRow>('SELECT * FROM state WHERE run = ?').all(id)
    const heldUp = database.prepare<[number], HeldUp>(
      'SELECT account, by_account AS "by", us AS micros FROM held_up WHERE run = ?',
    )
    const writer = database.prepare<[number], WriterSums>(
      `SELECT account, hash_us AS hash, compress_us AS compress, sqlite_us AS sqlite, commit_us AS "commit",
         open_us AS "open", commits
       FROM writer WHERE run = ?`,
    )
    const locks = database.prepare<[number], LockSums>(
      'SELECT lock, pid, program, us AS micros FROM lock_wait WHERE run = ?',
    )
    const ceilings = database.prepare<[number], AccountCeiling>(
      'SELECT account, borne, wanted FROM ceiling WHERE run = ?',
    )
    const commands = database.prepare<[number], CommandRecord>(
      `SELECT lane, account, mailbox, name, sent_at AS sentAt, first_at AS firstAt, ended_at AS endedAt,
         sent_octets AS sentOctets, received_octets AS receivedOctets, cpu_us AS cpuMicros,
         queued_us AS queuedMicros, writer_us AS writerMicros, gap_at AS gapAt, gap_us AS gapMicros, messages
       FROM command WHERE run = ? ORDER BY seq`,
    )
    return {
      elapsedMicros: row.elapsed_us,
      unblamedMicros: row.unblamed_us,
      lanes: row.lanes,
      forgottenCommands: row.forgotten_commands,
      sums: toSums(states),
      heldUp: heldUp.all(id),
      writer: writer.all(id),
      locks: locks.all(id),
      ceilings: ceilings.all(id),
      schedule: toSchedule(row),
      commands: commands.all(id),
    }
  }

  #samplesOf(id: number): Samples | undefined {
    const row = this.#database.prepare<[number], { data: Buffer }>('SELECT data FROM sample WHERE run = ?').get(id)
    return row === undefined ? undefined : unpackSamples(row.data)
  }

  #guarded<Value>(work: () => Value): Value {
    try {
      return work()
    } catch (error) {
      throw toStoreError(error, `use the profiles ${this.#path}`)
    }
  }
}

function toSchedule(row: RunRow): Schedule | undefined {
  const { cpu_us: cpuMicros, queue_us: queueMicros, others_us: othersMicros, cpus } = row
  if (cpuMicros === null || queueMicros === null || othersMicros === null || cpus === null) return undefined
  return { cpuMicros, queueMicros, othersMicros, cpus }
}

function toSummary(row: RunRow): RunSummary {
  return {
    id: row.id,
    startedAtMs: row.started_at,
    version: row.version,
    node: row.node,
    command: row.command,
    elapsedMicros: row.elapsed_us,
    finding: toFinding(parseJson(row.finding)),
  }
}

/** A damaged one says nothing. */
function toFinding(value: unknown): Finding {
  const nothing: Finding = { cause: 'none', share: 0, account: '', mailbox: '', command: '', sentence: '' }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `save` has written
  return typeof value === 'object' && value !== null ? { ...nothing, ...(value as Finding) } : nothing
}

function toSums(rows: readonly StateRow[]): readonly StateSums[] {
  const groups = Map.groupBy(rows, ({ account, mailbox, command }) => JSON.stringify([account, mailbox, command]))
  return [...groups.values()].flatMap((states) => {
    const [first] = states
    if (first === undefined) return []
    const { account, mailbox, command } = first
    return [
      {
        account,
        mailbox,
        command,
        laneMicros: Object.fromEntries(states.map((one) => [one.state, one.lane_us])),
        blameMicros: Object.fromEntries(
          states.filter((one) => one.blame_us > 0).map((one) => [one.state, one.blame_us]),
        ),
      },
    ]
  })
}
