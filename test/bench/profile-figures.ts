import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { openProfileRuns } from '../../src/store/profile-store.ts'
import { loadAccount, messageCounts, type Places, USER, useState } from './accounts.ts'
import { configureMailmirror, countMirrored, mailmirrorCommand } from './competitors.ts'
import { type Entrant, type Measured, measureInTurn, type MeterOptions } from './measure.ts'
import type { Corpus, Options } from './options.ts'
import { cpuRatios } from './pair-ratios.ts'
import type { Verdict } from './report.ts'
import { runCommand } from './run-command.ts'

export interface ProfileFiguresOptions {
  readonly corpus: Corpus
  readonly options: Options
  readonly places: Places
  readonly meter: MeterOptions
}

export interface ProfileFigures {
  readonly label: string
  readonly rows: readonly Measured[]
  readonly peers: readonly string[]
  readonly verdicts: readonly Verdict[]
}

/** How a sync is run, and what must be kept of it. */
interface Kind {
  readonly name: string
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly keeps: 'nothing' | 'run' | 'samples'
}

interface ProfiledKind extends Kind {
  /** How many times the CPU of one that is not profiled. */
  readonly limit: number
}

const UNPROFILED: Kind = { name: 'sync --no-profile', before: [], after: ['--no-profile'], keeps: 'nothing' }
/** A short sync ends before it is sampled. */
const ALWAYS_ON: ProfiledKind = { name: 'sync', before: [], after: [], keeps: 'run', limit: 1.02 }
const CLOSELY: ProfiledKind = {
  name: 'profile -- sync',
  before: ['profile', '--'],
  after: [],
  keeps: 'samples',
  limit: 1.08,
}

/** What profiling costs: CPU of the whole process, beside a sync without it in the same turn. */
export async function* measureProfiling(given: ProfileFiguresOptions): AsyncGenerator<ProfileFigures> {
  const { corpus, options, places } = given
  await loadAccount(corpus, places)
  useState(corpus, 'before', places)
  const first = { isFirst: true, profiled: [ALWAYS_ON, CLOSELY] }
  yield await measureKinds(given, { ...first, label: `profiled cold ${corpus}`, sync: ['--no-index'] })
  const runs = Math.ceil(options.runs / 3)
  yield await measureKinds(given, { ...first, label: `profiled cold ${corpus} with the index`, sync: [], runs })
  const unchanged = { isFirst: false, profiled: [ALWAYS_ON], sync: [] }
  yield await measureKinds(given, { ...unchanged, label: `profiled no-change ${corpus}` })
  if (!options.keep) rmSync(mirrorOf(places), { recursive: true, force: true })
}

interface Comparison {
  readonly label: string
  readonly profiled: readonly ProfiledKind[]
  /** Options of all these syncs. */
  readonly sync: readonly string[]
  /** Whether each begins with an empty store; otherwise nothing has changed since the last. */
  readonly isFirst: boolean
  readonly runs?: number
}

async function measureKinds(given: ProfileFiguresOptions, comparison: Comparison): Promise<ProfileFigures> {
  const { options, meter, places } = given
  const { label, profiled, isFirst, sync } = comparison
  if (!isFirst) {
    startFresh(places)
    await runCommand(mailmirrorCommand(mirrorOf(places), 'sync', '--quiet', '--no-profile', ...sync), places)
  }
  const entrants = [UNPROFILED, ...profiled].map((kind) => entrant(kind, comparison, given))
  const rows = await measureInTurn(entrants, { ...options, label, runs: comparison.runs ?? options.runs }, meter)
  return {
    label,
    rows,
    peers: [UNPROFILED.name],
    verdicts: profiled.map((kind) => verdict(`${label}, CPU of ${kind.name}, times --no-profile`, kind, rows)),
  }
}

function entrant(kind: Kind, { sync, isFirst }: Comparison, { corpus, places }: ProfileFiguresOptions): Entrant {
  const mirror = mirrorOf(places)
  let sinceMs = 0
  return {
    name: kind.name,
    command: mailmirrorCommand(mirror, ...kind.before, 'sync', '--quiet', ...sync, ...kind.after),
    async prepare() {
      if (isFirst) startFresh(places)
      // What the run before has left to write must not be paid by this one.
      await runCommand({ argv: ['sync'] }, places)
      sinceMs = Date.now()
    },
    check() {
      const [messages, expected] = [countMirrored(mirror), messageCounts(corpus).before]
      if (messages !== expected) return Promise.resolve(`holds ${messages} of ${expected} messages`)
      const kept = keptSince(mirror, sinceMs)
      const isAsExpected = kept === kind.keeps || (kept === 'samples' && kind.keeps === 'run')
      return Promise.resolve(isAsExpected ? undefined : `kept ${kept} and not ${kind.keeps}`)
    },
  }
}

/** What was kept of the newest run that began after that instant. */
function keptSince(mirror: string, sinceMs: number): Kind['keeps'] {
  const runs = openProfileRuns({ path: join(mirror, 'mail.db'), allowNetwork: false, makes: false })
  try {
    const newest = runs?.list()[0]
    if (newest === undefined || newest.startedAtMs < sinceMs) return 'nothing'
    return runs?.load(newest.id)?.samples === undefined ? 'run' : 'samples'
  } finally {
    runs?.close()
  }
}

/** A run that failed is a miss: nothing is known of its cost. */
function verdict(figure: string, { name, limit }: ProfiledKind, rows: readonly Measured[]): Verdict {
  const ratios = cpuRatios(rows, name, UNPROFILED.name)
  return {
    figure,
    value: ratios?.median,
    ...(ratios === undefined ? {} : { quartiles: ratios.quartiles }),
    limit: `<= ${limit}`,
    passed: ratios !== undefined && ratios.median <= limit,
  }
}

function startFresh(places: Places): void {
  const directory = mirrorOf(places)
  rmSync(directory, { recursive: true, force: true })
  configureMailmirror({ directory, port: places.port, user: USER })
}

function mirrorOf({ benchDirectory }: Places): string {
  return join(benchDirectory, 'work', 'profiled')
}
