import { linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import Sqlite from 'better-sqlite3'
import type { SearchOrder } from '../../src/search/search-reader.ts'
import { openSearcher } from '../../src/store/search-messages.ts'
import { indexPathOf } from '../../src/store/open-database.ts'
import { loadAccount, type Places, USER, useState } from './accounts.ts'
import { builtCommand, configureMailmirror, mailmirrorCommand } from './competitors.ts'
import { type Entrant, type Measured, measureInTurn, type MeterOptions } from './measure.ts'
import type { Corpus, Options } from './options.ts'
import { atMost, type Verdict } from './report.ts'
import { type Command, runCommand } from './run-command.ts'

export interface SearchFiguresOptions {
  readonly corpus: Corpus
  readonly options: Options
  readonly places: Places
  readonly meter: MeterOptions
}

export interface SearchFigures {
  readonly label: string
  readonly rows: readonly Measured[]
  readonly peers: readonly string[]
  readonly verdicts: readonly Verdict[]
}

/** The index and what is found in it: beside a sync without one, beside notmuch and mu, and beside an empty Node. */
export async function* measureSearch(given: SearchFiguresOptions): AsyncGenerator<SearchFigures> {
  const { corpus, places } = given
  await loadAccount(corpus, places)
  useState(corpus, 'before', places)
  yield await measureSyncs(given)
  yield await measureIndexing(given)
  yield measureQueries(given)
  yield await measureCommand(given)
}

const passed = (): Promise<undefined> => Promise.resolve(undefined)

async function measureSyncs(given: SearchFiguresOptions): Promise<SearchFigures> {
  const { corpus, options, places, meter } = given
  const entrants = ['--no-index', ''].map((option): Entrant => {
    const directory = mirrorOf(given, option === '' ? 'indexed' : 'plain')
    return {
      name: option === '' ? 'sync' : `sync ${option}`,
      command: mailmirrorCommand(directory, 'sync', '--quiet', ...(option === '' ? [] : [option])),
      async prepare() {
        rmSync(directory, { recursive: true, force: true })
        configureMailmirror({ directory, port: places.port, user: USER })
        await runCommand({ argv: ['sync'] }, places)
      },
      check: passed,
    }
  })
  const label = `sync with an index ${corpus}`
  const rows = await measureInTurn(entrants, { ...options, label }, meter)
  const figure = `${label}, times one without`
  return {
    label,
    rows,
    peers: ['sync --no-index'],
    verdicts: [atMost(figure, times(rows, 'sync', 'sync --no-index'), 1.6)],
  }
}

/** Each makes its index of the same mail anew; notmuch and mu have it as a Maildir. */
async function measureIndexing(given: SearchFiguresOptions): Promise<SearchFigures> {
  const { corpus, options, places, meter } = given
  const maildir = makeMaildir(given)
  const [notmuchConfig, muHome] = [
    join(places.benchDirectory, 'work/notmuch.conf'),
    join(places.benchDirectory, 'work/mu'),
  ]
  writeFileSync(notmuchConfig, `[database]\npath=${maildir}\n[user]\nprimary_email=${USER}@example.com\n[new]\ntags=\n`)
  const own = mirrorOf(given, 'indexed')
  const entrant = (name: string, command: Command, stale: readonly string[]): Entrant => ({
    name,
    command,
    async prepare() {
      for (const path of stale) rmSync(path, { recursive: true, force: true })
      await runCommand({ argv: ['sync'] }, places)
    },
    check: passed,
  })
  const index = indexPathOf(join(own, 'mail.db'))
  const entrants = [
    entrant(
      'mailmirror',
      mailmirrorCommand(own, 'reindex', '--quiet'),
      ['', '-wal', '-shm'].map((end) => index + end),
    ),
    entrant('notmuch', { argv: ['notmuch', 'new', '--quiet'], environment: { NOTMUCH_CONFIG: notmuchConfig } }, [
      join(maildir, '.notmuch'),
    ]),
    entrant(
      'mu',
      {
        argv: [
          'sh',
          '-c',
          `mu init --quiet --muhome='${muHome}' --maildir='${maildir}' && mu index --quiet --muhome='${muHome}'`,
        ],
      },
      [muHome],
    ),
  ]
  const label = `index ${corpus}`
  const rows = await measureInTurn(entrants, { ...options, label }, meter)
  const { words, texts } = sizesOf(index)
  return {
    label,
    rows,
    peers: ['mailmirror'],
    verdicts: [
      atLeastTimes(`${label}, notmuch, times mailmirror`, times(rows, 'notmuch', 'mailmirror')),
      atLeastTimes(`${label}, mu, times mailmirror`, times(rows, 'mu', 'mailmirror')),
      atMost(`${label}, full-text index, % of the text`, (100 * words) / texts, 80),
    ],
  }
}

function atLeastTimes(figure: string, value: number | undefined): Verdict {
  return { figure, value, limit: '>= 8', passed: value === undefined ? undefined : value >= 8 }
}

/** Words by how many messages have them, twenty of each kind. */
function measureQueries(given: SearchFiguresOptions): SearchFigures {
  const store = join(mirrorOf(given, 'indexed'), 'mail.db')
  const { rare, middling, commonest } = wordsOf(indexPathOf(store))
  const searcher = openSearcher({ path: store, allowNetwork: false })
  const took = (word: string, order: SearchOrder): number => {
    const query = { kind: 'text', field: undefined, text: word, prefix: false } as const
    const runs = Array.from({ length: 7 }, () => {
      const start = performance.now()
      searcher.search({ query, order, limit: 50, accounts: undefined })
      return performance.now() - start
    })
    return medianOf(runs)
  }
  const each = (words: readonly string[], order: SearchOrder): number =>
    medianOf(words.map((word) => took(word, order)))
  try {
    const label = `query in the process ${given.corpus}, median ms`
    return {
      label,
      rows: [],
      peers: [],
      verdicts: [
        atMost(`${label}: ${rare.length} rare words`, each(rare, 'date'), 3),
        atMost(`${label}: ${middling.length} middling words`, each(middling, 'date'), 3),
        atMost(`${label}: the ${commonest.length} commonest by rank`, each(commonest, 'relevance'), 40),
      ],
    }
  } finally {
    searcher.close()
  }
}

async function measureCommand(given: SearchFiguresOptions): Promise<SearchFigures> {
  const { corpus, options, meter } = given
  const directory = mirrorOf(given, 'indexed')
  const { rare, middling } = wordsOf(indexPathOf(join(directory, 'mail.db')))
  const commands = {
    'node -e 0': { argv: [process.execPath, '-e', '0'], environment: { NODE_OPTIONS: '' } },
    'search of a rare word': builtCommand(directory, 'search', rare[0] ?? ''),
    'search of a middling word': builtCommand(directory, 'search', middling[0] ?? ''),
    'search --ids': builtCommand(directory, 'search', '--ids', middling[0] ?? ''),
  }
  const entrants = Object.entries(commands).map(([name, command]) => ({
    name,
    command,
    prepare: passed,
    check: passed,
  }))
  const label = `search ${corpus}`
  const rows = await measureInTurn(entrants, { ...options, label, runs: options.startupRuns }, meter)
  const limits = Object.keys(commands).slice(1)
  return {
    label,
    rows,
    peers: ['node -e 0'],
    verdicts: limits.map((name) => atMost(`${name} ${corpus}, times node -e 0`, times(rows, name, 'node -e 0'), 2.5)),
  }
}

function mirrorOf({ places }: SearchFiguresOptions, name: string): string {
  return join(places.benchDirectory, 'work', `search-${name}`)
}

/** The corpus as a Maildir of hard links. */
function makeMaildir({ corpus, places }: SearchFiguresOptions): string {
  const source = join(places.benchDirectory, 'corpus', corpus)
  const maildir = join(places.benchDirectory, 'work', 'maildir')
  rmSync(maildir, { recursive: true, force: true })
  for (const path of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.eml')) continue
    const mailbox = join(maildir, relative('.', dirname(path)))
    for (const folder of ['cur', 'new', 'tmp']) mkdirSync(join(mailbox, folder), { recursive: true })
    linkSync(join(source, path), join(mailbox, 'cur', `${basename(path, '.eml')}:2,S`))
  }
  return maildir
}

/** Octets of the full-text index and of the texts that it is made of, header fields included. */
function sizesOf(index: string): { readonly words: number; readonly texts: number } {
  const database = new Sqlite(index, { readonly: true })
  const sum = (sql: string): number => database.prepare<[], number>(sql).pluck().get() ?? 0
  const words =
    sum('SELECT sum(length(block)) FROM message_text_data') +
    sum('SELECT sum(length(term)) FROM message_text_idx') +
    sum('SELECT sum(length(sz)) FROM message_text_docsize')
  const texts = sum(
    "SELECT sum(coalesce(text_octets, 0) + length(coalesce(subject, '')) + length(addresses)) FROM message",
  )
  database.close()
  return { words, texts }
}

function wordsOf(index: string) {
  const database = new Sqlite(index, { readonly: true })
  database.exec("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('main', 'message_text', 'row')")
  const total = database.prepare<[], number>('SELECT count(*) FROM message').pluck().get() ?? 0
  const words = database
    .prepare<[number, number, number], string>(
      'SELECT term FROM vocabulary WHERE doc BETWEEN ? AND ? AND length(term) > 3 ORDER BY doc DESC, term LIMIT ?',
    )
    .pluck()
  const found = {
    rare: words.all(1, 20, 20),
    middling: words.all(total / 1000, total / 50, 20),
    commonest: words.all(total / 50, total, 5),
  }
  database.close()
  return found
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

/** Of the medians. */
function times(rows: readonly Measured[], name: string, peer: string): number | undefined {
  const wall = (wanted: string): number | undefined => {
    const row = rows.find((one) => one.name === wanted)
    return row === undefined || row.complaint !== undefined || row.runs.length === 0
      ? undefined
      : medianOf(row.runs.map((run) => run.wall))
  }
  const [own, other] = [wall(name), wall(peer)]
  return own === undefined || other === undefined ? undefined : own / other
}
