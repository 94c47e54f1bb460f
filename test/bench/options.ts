import { parseArgs } from 'node:util'

export const CORPORA = ['S', 'M', 'T'] as const
export type Corpus = (typeof CORPORA)[number]
export const STEPS = ['cold', 'no-change', 'increment', 'startup'] as const
export type Step = (typeof STEPS)[number]
const COMPETITORS = ['mailmirror', 'mbsync', 'mbsync-fsync', 'drain'] as const
export type Competitor = (typeof COMPETITORS)[number]

export interface Options {
  readonly corpora: readonly Corpus[]
  readonly steps: readonly Step[]
  readonly competitors: readonly Competitor[]
  readonly runs: number
  readonly warmUps: number
  /** How many spoiled runs of a step are done again. */
  readonly repeats: number
  readonly startupRuns: number
  readonly keep: boolean
  readonly serve: boolean
  /** The figures about size and distance instead of the comparison. */
  readonly scale: boolean
  /** The index and what is found in it instead of the comparison. */
  readonly search: boolean
  /** Exports and imports instead of the comparison. */
  readonly transfer: boolean
  /** The profiler's own cost instead of the comparison. */
  readonly profile: boolean
  /** How soon new mail is found beside a watch, and what one costs, instead of the comparison. */
  readonly watch: boolean
}

export const USAGE = `npm run bench -- [OPTION...]

Puts mailmirror beside mbsync and the physical limit: a private Dovecot on loopback, seeded mail, runs in turn.

  --corpus S|M|T|all     S: 2,000 messages, 129 MB (default); M: 20,000, 1.3 GB; T: 100,000 small ones, 270 MB
  --steps LIST           of cold, no-change, increment, startup (default: all)
  --competitors LIST     of mailmirror, mbsync (FSync no), mbsync-fsync (its default), drain (default: all)
  --runs N               counted runs of each step (default 3; 15 with --profile)
  --warm-ups N           runs before them (default 1)
  --repeats N            spoiled runs that are done again, in each step (default 4)
  --startup-runs N       counted runs of the step startup (default 21)
  --keep                 leave the mirrors in $BENCH_DIR/work
  --scale                instead: a million messages, one flag among them, a link with a delay, new UIDVALIDITYs
  --search               instead: the index beside notmuch and mu, a sync with and without it, queries
  --transfer             instead: exports beside a copy of as many octets, and imports of them
  --profile              instead: the CPU that profiling a sync costs, in turns with one that is not profiled
  --watch                instead: from APPEND to found beside a watch, and a hundred accounts in one
  --serve                only start the server with the corpus loaded, and wait for Ctrl-C

Corpora and loaded accounts stay in $BENCH_DIR (default: mailmirror-bench in the system's temporary directory), results
in test/.bench/results.jsonl. Nothing else should run meanwhile. Ends with 1 when a figure is missed or a run fails.
`

/** Undefined: help was asked for. Throws on anything unknown. */
export function parseOptions(argv: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      corpus: { type: 'string', default: 'S' },
      steps: { type: 'string', default: STEPS.join() },
      competitors: { type: 'string', default: COMPETITORS.join() },
      runs: { type: 'string' },
      'warm-ups': { type: 'string', default: '1' },
      repeats: { type: 'string', default: '4' },
      'startup-runs': { type: 'string', default: '21' },
      keep: { type: 'boolean', default: false },
      serve: { type: 'boolean', default: false },
      scale: { type: 'boolean', default: false },
      search: { type: 'boolean', default: false },
      transfer: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  return {
    corpora: values.corpus === 'all' ? CORPORA : chosen(values.corpus, CORPORA),
    steps: chosen(values.steps, STEPS),
    competitors: chosen(values.competitors, COMPETITORS),
    runs: count(values.runs ?? (values.profile ? '15' : '3'), 1),
    warmUps: count(values['warm-ups'], 0),
    repeats: count(values.repeats, 0),
    startupRuns: count(values['startup-runs'], 1),
    keep: values.keep,
    serve: values.serve,
    scale: values.scale,
    search: values.search,
    transfer: values.transfer,
    profile: values.profile,
    watch: values.watch,
  }
}

function chosen<T extends string>(list: string, known: readonly T[]): readonly T[] {
  const names = list.split(',')
  const unknown = names.find((name) => !known.some((one) => one === name))
  if (unknown !== undefined) throw new Error(`"${unknown}" is none of ${known.join(', ')}`)
  return known.filter((one) => names.includes(one))
}

function count(text: string, least: number): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < least) throw new Error(`"${text}" is no number of runs`)
  return number
}
