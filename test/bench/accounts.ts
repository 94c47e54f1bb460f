import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Corpus } from './options.ts'
import { type Command, runCommand, type RunOptions } from './run-command.ts'

/** The account that all competitors mirror: a link to one of its two states. */
export const USER = 'bench'
export const PASSWORD = 'pw'

/** Messages before and after the increment, and the free space in GB that a comparison needs, with and without what
 *  `loadAccount` leaves behind: corpus and two states of the account; each competitor's mirror, twice. */
const FACTS = {
  S: { before: 2_000, after: 2_020, toLoad: 0.5, toRun: 1 },
  M: { before: 20_000, after: 20_200, toLoad: 4.5, toRun: 9 },
  T: { before: 100_000, after: 101_000, toLoad: 2, toRun: 4 },
} as const

export function messageCounts(corpus: Corpus): { readonly before: number; readonly after: number } {
  return FACTS[corpus]
}

export interface Places extends RunOptions {
  readonly benchDirectory: string
  readonly mailDirectory: string
  readonly port: number
}

/** Free space in GB that these need, one after another. */
export function spaceFor(corpora: readonly Corpus[], benchDirectory: string): number {
  const missing = corpora.filter((corpus) => !existsSync(loadedMark(corpus, benchDirectory)))
  const toLoad = missing.reduce((sum, corpus) => sum + FACTS[corpus].toLoad, 0)
  return toLoad + Math.max(...corpora.map((corpus) => FACTS[corpus].toRun))
}

/** What the disk lacks of so many GB. */
export function lackOfSpace(
  needed: number,
  benchDirectory: string,
): { readonly message: string; readonly status: number } | undefined {
  const { bavail, bsize } = statfsSync(benchDirectory)
  const free = (bavail * bsize) / 1e9
  if (free >= needed) return undefined
  const message = `${benchDirectory} needs ${needed} GB and has ${free.toFixed(1)}: name another place in BENCH_DIR`
  return { message, status: 74 }
}

/** Makes the corpus and loads it, unless that has been done: one state of the account as it was before a day of use, and
 *  a copy of it as it is after, with the same UIDVALIDITY and UIDs. */
export async function loadAccount(corpus: Corpus, places: Places): Promise<void> {
  const mark = loadedMark(corpus, places.benchDirectory)
  if (existsSync(mark)) return
  console.error(`corpus ${corpus}: making it and loading it; this happens once`)
  const [before, after] = [statePath(corpus, 'before', places), statePath(corpus, 'after', places)]
  for (const path of [before, after]) rmSync(path, { recursive: true, force: true })
  const { before: messages, after: messagesAfter } = FACTS[corpus]
  const whole = await makeCorpus(corpus, messages, places)
  const increment = await makeCorpus(`${corpus}+`, messagesAfter - messages, places)
  const port = ['--port', String(places.port)]
  await python('load.py', [whole, stateName(corpus, 'before'), ...port], places)
  await finish({ argv: ['cp', '-a', before, after] }, places)
  await python('delta.py', [stateName(corpus, 'after'), '--flags', '0.01', '--new', increment, ...port], places)
  writeFileSync(mark, '')
}

/** From now on the account is in this state. */
export function useState(corpus: Corpus, state: 'before' | 'after', places: Places): void {
  const link = join(places.mailDirectory, USER)
  rmSync(link, { force: true })
  symlinkSync(stateName(corpus, state), link)
}

export async function makeCorpus(name: string, messages: number, places: Places): Promise<string> {
  const directory = join(places.benchDirectory, 'corpus', name)
  const index = join(directory, 'index.jsonl')
  if (existsSync(index) && readFileSync(index, 'utf8').split('\n').length === messages + 1) return directory
  mkdirSync(directory, { recursive: true })
  await python('corpus.py', [name, directory], places)
  return directory
}

export async function python(script: string, args: readonly string[], places: Places): Promise<void> {
  await finish({ argv: ['python3', fileURLToPath(new URL(script, import.meta.url)), ...args] }, places)
}

async function finish(command: Command, places: Places): Promise<void> {
  const status = await runCommand(command, places)
  if (status !== 0) throw new Error(`${command.argv.join(' ')} ended with ${status}: see ${places.outputFile}`)
}

function loadedMark(corpus: Corpus, benchDirectory: string): string {
  return join(benchDirectory, `loaded-${corpus}`)
}

/** In lower case, as Dovecot makes all user names. */
function stateName(corpus: Corpus, state: 'before' | 'after'): string {
  return `${state}-${corpus.toLowerCase()}`
}

function statePath(corpus: Corpus, state: 'before' | 'after', { mailDirectory }: Places): string {
  return join(mailDirectory, stateName(corpus, state))
}
