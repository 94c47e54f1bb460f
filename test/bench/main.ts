// `npm run bench`: mailmirror beside its peers, on a private server. See options.ts for what it can be told.
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startDovecot } from '../servers/dovecot.ts'
import { lackOfSpace, loadAccount, PASSWORD, type Places, spaceFor, USER, useState } from './accounts.ts'
import { type Options, parseOptions, USAGE } from './options.ts'
import { compilePrograms, missingPackages } from './programs.ts'
import { measureProfiling } from './profile-figures.ts'
import { stepTable, type Verdict, verdicts, verdictTable } from './report.ts'
import { measureScale, scaleSpace } from './scale.ts'
import { measureSearch } from './search-figures.ts'
import { measureTransfers } from './transfer-figures.ts'
import { measureWatch } from './watch-figures.ts'
import { runSteps } from './steps.ts'
import type { Measured } from './measure.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** The server's disk is not what is measured; the rest is as a large installation has it. */
const SERVER_SETTINGS = [
  'mdbox_rotate_size = 64M',
  'mailbox_list_index = yes',
  'service imap {\n  process_limit = 200\n}',
]

async function main(): Promise<number> {
  let options: Options | undefined
  try {
    options = parseOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    return 64
  }
  if (options === undefined) {
    console.log(USAGE)
    return 0
  }
  const benchDirectory = resolve(process.env['BENCH_DIR'] ?? join(tmpdir(), 'mailmirror-bench'))
  mkdirSync(benchDirectory, { recursive: true })
  const space = options.scale ? scaleSpace : spaceFor(options.corpora, benchDirectory)
  const lack = lackOfPrograms(options) ?? lackOfSpace(space, benchDirectory)
  if (lack !== undefined) {
    console.error(`bench: ${lack.message}`)
    return lack.status
  }
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal))
  const release = takeLock(benchDirectory)
  if (release === undefined) return 75
  try {
    return await bench(options, benchDirectory, stop.signal)
  } catch (error) {
    if (!stop.signal.aborted) throw error
    console.error(`bench: ended by ${String(stop.signal.reason)}`)
    return 130
  } finally {
    release()
  }
}

function lackOfPrograms({
  competitors,
  search,
  transfer,
  profile,
  watch,
}: Options): { readonly message: string; readonly status: number } | undefined {
  if (process.platform !== 'linux') return { message: 'reads /proc, which only Linux has', status: 69 }
  const missing = missingPackages(search ? ['notmuch', 'mu'] : transfer || profile || watch ? [] : competitors)
  if (missing.length === 0) return undefined
  return { message: `missing here, by their Debian names: ${missing.join(', ')}`, status: 69 }
}

async function bench(options: Options, benchDirectory: string, signal: AbortSignal): Promise<number> {
  const outputFile = join(benchDirectory, 'output.log')
  writeFileSync(outputFile, '')
  const programs = await compilePrograms(join(benchDirectory, 'bin'), { outputFile, signal })
  const mailDirectory = join(benchDirectory, 'mail')
  await using server = await startDovecot({
    format: 'mdbox',
    password: PASSWORD,
    connectionLimit: 100,
    mailDirectory,
    settings: SERVER_SETTINGS,
  })
  const places = { benchDirectory, mailDirectory, port: server.port, outputFile, signal }
  const results = new Map<string, readonly Measured[]>()
  const resultsFile = join(repository, 'test/.bench/results.jsonl')
  mkdirSync(join(repository, 'test/.bench'), { recursive: true })
  const meter = { outputFile, signal, resultsFile, usageProgram: programs.usage, masterPid: server.masterPid }
  const doveadm = (...args: readonly string[]): Promise<string> => server.doveadm(...args)
  if (options.scale) return conclude(await printed(measureScale({ places, meter, doveadm })), resultsFile)
  const measureCorpus = insteadOf(options)
  if (measureCorpus !== undefined) {
    const found: Verdict[] = []
    for (const corpus of options.corpora)
      found.push(...(await printed(measureCorpus({ corpus, options, places, meter }))))
    return conclude(found, resultsFile)
  }
  for (const corpus of options.corpora) {
    await loadAccount(corpus, places)
    if (options.serve) continue
    for await (const { label, rows } of runSteps({ corpus, options, places, meter, drainProgram: programs.drain })) {
      results.set(label, rows)
      console.log(
        `${stepTable(label, rows, label.startsWith('startup') ? ['node -e 0'] : ['mbsync', 'mbsync-fsync', 'drain'])}\n`,
      )
    }
  }
  if (options.serve) return await serve(options, places)
  const status = conclude(verdicts(results), resultsFile)
  const failed = [...results.values()].flat().some(({ complaint }) => complaint !== undefined)
  if (failed) console.error(`bench: the end of what the commands said (${outputFile}):\n${tail(outputFile)}`)
  return failed ? 1 : status
}

type MeasureCorpus = typeof measureSearch | typeof measureTransfers | typeof measureProfiling | typeof measureWatch

/** undefined: the comparison. */
function insteadOf({ search, transfer, profile, watch }: Options): MeasureCorpus | undefined {
  if (search) return measureSearch
  if (profile) return measureProfiling
  if (watch) return measureWatch
  return transfer ? measureTransfers : undefined
}

interface Printable {
  readonly label: string
  readonly rows: readonly Measured[]
  readonly peers?: readonly string[]
  readonly verdicts: readonly Verdict[]
}

/** Prints each table when it is there, and gives all verdicts. */
async function printed(steps: AsyncIterable<Printable>): Promise<readonly Verdict[]> {
  const found: Verdict[] = []
  for await (const { label, rows, peers = [], verdicts: some } of steps) {
    if (rows.length > 0) console.log(`${stepTable(label, rows, peers)}\n`)
    found.push(...some)
  }
  return found
}

/** Prints and keeps what was demanded and measured. Returns the exit status. */
function conclude(all: readonly Verdict[], resultsFile: string): number {
  console.log(verdictTable(all))
  for (const verdict of all) {
    if (verdict.passed === undefined) continue
    appendFileSync(resultsFile, `${JSON.stringify({ at: new Date().toISOString(), ...verdict })}\n`)
  }
  return all.some(({ passed }) => passed === false) ? 1 : 0
}

/** Keeps the server for whoever wants to look at a single step by hand. */
async function serve(options: Options, places: Places): Promise<number> {
  const corpus = options.corpora.at(-1) ?? 'S'
  useState(corpus, 'before', places)
  console.log(`corpus ${corpus} on 127.0.0.1:${places.port}, user ${USER}, password ${PASSWORD}; Ctrl-C ends it`)
  if (!places.signal.aborted) await once(places.signal, 'abort')
  return 0
}

/** One benchmark at a time in one directory. Undefined, after saying so: another one is running. */
function takeLock(benchDirectory: string): (() => void) | undefined {
  const path = join(benchDirectory, 'lock')
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
  } catch {
    const owner = Number(readFileSync(path, 'utf8'))
    if (isRunning(owner)) {
      console.error(`bench: process ${owner} is at work in ${benchDirectory}`)
      return undefined
    }
    writeFileSync(path, String(process.pid))
  }
  return () => rmSync(path, { force: true })
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function tail(path: string): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-20).join('\n')
}

process.exitCode = await main()
