import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { loadAccount, type Places, USER, useState } from './accounts.ts'
import { configureMailmirror, mailmirrorCommand } from './competitors.ts'
import { type Entrant, type Measured, measureInTurn, type MeterOptions } from './measure.ts'
import type { Corpus, Options } from './options.ts'
import { atMost, medianOf, type Verdict } from './report.ts'
import { type Command, runCommand } from './run-command.ts'

export interface TransferFiguresOptions {
  readonly corpus: Corpus
  readonly options: Options
  readonly places: Places
  readonly meter: MeterOptions
}

export interface TransferFigures {
  readonly label: string
  readonly rows: readonly Measured[]
  readonly peers: readonly string[]
  readonly verdicts: readonly Verdict[]
}

/** Exports beside a copy of as many octets that are put on the disk, and what an import of them takes. */
export async function* measureTransfers(given: TransferFiguresOptions): AsyncGenerator<TransferFigures> {
  const { corpus, options, places, meter } = given
  await loadAccount(corpus, places)
  useState(corpus, 'before', places)
  const [mirror, other] = ['transfer', 'imported'].map((name) => join(places.benchDirectory, 'work', name))
  if (mirror === undefined || other === undefined) throw new Error('two names are two paths')
  for (const directory of [mirror, other]) {
    rmSync(directory, { recursive: true, force: true })
    configureMailmirror({ directory, port: places.port, user: USER })
  }
  await runCommand(mailmirrorCommand(mirror, 'sync', '--quiet', '--no-index'), places)
  const entrants = entrantsFor({ mirror, other, places })
  const label = `transfer ${corpus}`
  const rows = await measureInTurn(entrants, { ...options, label }, meter)
  const cat = medianOf(rows, 'cat and sync', 'wall')
  const mbox = medianOf(rows, 'export mbox', 'wall')
  const speed = cat === undefined || mbox === undefined ? undefined : (100 * cat) / mbox
  yield {
    label,
    rows,
    peers: ['cat and sync'],
    verdicts: [
      {
        figure: `export ${corpus} to mbox, % of the speed of cat and sync`,
        value: speed,
        limit: '>= 60',
        passed: speed === undefined ? undefined : speed >= 60,
      },
      atMost(`export ${corpus} to mbox, peak MB`, medianOf(rows, 'export mbox', 'peak'), 150),
    ],
  }
}

interface TransferPlaces {
  readonly mirror: string
  readonly other: string
  readonly places: Places
}

function entrantsFor({ mirror, other, places }: TransferPlaces): readonly Entrant[] {
  const path = (name: string): string => join(mirror, name)
  const [mbox, copy, maildir] = [path('all.mbox'), path('copy.mbox'), path('maildir')]
  const entrant = (name: string, command: Command, stale: readonly string[]): Entrant => ({
    name,
    command,
    async prepare() {
      for (const one of stale) rmSync(one, { recursive: true, force: true })
      await runCommand({ argv: ['sync'] }, places)
    },
    check: () => Promise.resolve(undefined),
  })
  const exporting = (format: string, output: string): Command =>
    mailmirrorCommand(mirror, 'export', '--quiet', '--format', format, '--output', output)
  const importing = (...more: readonly string[]): Command =>
    mailmirrorCommand(other, 'import', '--quiet', '--no-index', '--mailbox', 'Old', ...more, mbox)
  const store = ['', '-wal', '-shm'].map((end) => join(other, `mail.db${end}`))
  return [
    entrant('export mbox', exporting('mbox', mbox), [mbox, `${mbox}.manifest.jsonl`]),
    entrant('cat and sync', { argv: ['sh', '-c', `cat '${mbox}' > '${copy}' && sync '${copy}'`] }, [copy]),
    entrant('export maildir', exporting('maildir', maildir), [maildir]),
    entrant('import mbox', importing(), store),
    { ...entrant('import again', importing(), []), check: () => Promise.resolve(complaintOf(mbox)) },
  ]
}

function complaintOf(mbox: string): string | undefined {
  return statSync(mbox).size > 0 ? undefined : 'the mbox is empty'
}
