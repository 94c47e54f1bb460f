import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { messageCounts, type Places, useState } from './accounts.ts'
import { mailmirrorCommand, type Mirrorer, mirrorer } from './competitors.ts'
import { type Entrant, type Measured, measureInTurn, type MeterOptions } from './measure.ts'
import type { Competitor, Corpus, Options, Step } from './options.ts'
import { runCommand } from './run-command.ts'

export interface StepsOptions {
  readonly corpus: Corpus
  readonly options: Options
  readonly places: Places
  readonly meter: MeterOptions
  readonly drainProgram: string
}

export interface StepResult {
  /** Such as `cold M`. */
  readonly label: string
  readonly rows: readonly Measured[]
}

/** A competitor and where its mirror lies; `pristine` is that mirror as the cold run left it, kept for the increment. */
interface Contender {
  readonly name: Competitor
  readonly directory: string
  readonly pristine: string
  readonly mirrorer: Mirrorer
}

/** The chosen steps of one corpus, one after another: each finds the mirrors as the one before has left them. */
export async function* runSteps(given: StepsOptions): AsyncGenerator<StepResult> {
  const { corpus, options, meter, places } = given
  const contenders = options.competitors.map((name) => contender(name, given))
  const plan = (step: Step) => ({ ...options, label: `${step} ${corpus}` })
  const measured = options.steps.filter((step) => step !== 'startup')
  if (!measured.includes('cold')) await fill(contenders, given)
  for (const step of measured) {
    const entrants = contenders.map((one) => entrant(one, step, given))
    yield { label: plan(step).label, rows: await measureInTurn(entrants, plan(step), meter) }
  }
  const own = contenders.find(({ name }) => name === 'mailmirror')
  if (options.steps.includes('startup') && own !== undefined) {
    const started = { ...plan('startup'), runs: options.startupRuns }
    yield { label: started.label, rows: await measureInTurn(startupEntrants(own.directory), started, meter) }
  }
  if (!options.keep) rmSync(join(places.benchDirectory, 'work'), { recursive: true, force: true })
}

function contender(name: Competitor, { places, drainProgram }: StepsOptions): Contender {
  const directory = join(places.benchDirectory, 'work', name)
  const { port, outputFile } = places
  return {
    name,
    directory,
    pristine: `${directory}.cold`,
    mirrorer: mirrorer(name, { directory, port, drainProgram, outputFile }),
  }
}

/** Runs everybody once from nothing, unmeasured: what the later steps start from. */
async function fill(contenders: readonly Contender[], given: StepsOptions): Promise<void> {
  for (const one of contenders) {
    const { command, prepare } = entrant(one, 'cold', given)
    await prepare()
    await runCommand(command, given.meter)
  }
}

function entrant(one: Contender, step: Exclude<Step, 'startup'>, given: StepsOptions): Entrant {
  const { corpus, places } = given
  const { before, after } = messageCounts(corpus)
  return {
    name: one.name,
    command: one.mirrorer.command,
    async prepare() {
      if (step === 'cold') startFresh(one)
      if (step === 'increment') await putBack(one, places)
      useState(corpus, step === 'increment' ? 'after' : 'before', places)
      // What the run before has left to write must not be paid by this one.
      await runCommand({ argv: ['sync'] }, places)
    },
    check() {
      const messages = one.mirrorer.countMessages(step === 'cold' ? 'cold' : 'later')
      const expected = step === 'increment' ? after : before
      const complete = messages === undefined || messages === expected
      return Promise.resolve(complete ? undefined : `holds ${messages} of ${expected} messages`)
    },
  }
}

function startFresh({ directory, pristine, mirrorer }: Contender): void {
  for (const path of [directory, pristine]) rmSync(path, { recursive: true, force: true })
  mirrorer.configure()
}

async function putBack({ directory, pristine }: Contender, places: Places): Promise<void> {
  if (!existsSync(pristine)) renameSync(directory, pristine)
  rmSync(directory, { recursive: true, force: true })
  // A real copy: hard links would share files that are written in place.
  await runCommand({ argv: ['cp', '-a', pristine, directory] }, places)
}

/** What Node takes to start, and what mailmirror adds to it. */
function startupEntrants(mirror: string): readonly Entrant[] {
  const commands = {
    'node -e 0': { argv: [process.execPath, '-e', '0'], environment: { NODE_OPTIONS: '' } },
    '--help': mailmirrorCommand(mirror, '--help'),
    status: mailmirrorCommand(mirror, 'status'),
  }
  return Object.entries(commands).map(([name, command]) => ({
    name,
    command,
    prepare: () => Promise.resolve(),
    check: () => Promise.resolve(undefined),
  }))
}
