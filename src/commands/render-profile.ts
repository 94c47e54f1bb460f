import { cpuProfileJson } from '../profile/formats/cpuprofile.ts'
import { flamePageOf } from '../profile/flame-page-of.ts'
import { flameTree } from '../profile/formats/flame-tree.ts'
import { blameStacks, foldedText } from '../profile/formats/folded.ts'
import { sampledStacks, withoutIdle } from '../profile/formats/folded-stacks.ts'
import { flameHtml } from '../profile/formats/html.ts'
import { pprofGzip } from '../profile/formats/pprof.ts'
import { speedscopeJson } from '../profile/formats/speedscope.ts'
import { flameSvg } from '../profile/formats/svg.ts'
import { traceJson } from '../profile/formats/trace.ts'
import type { StoredRun } from '../profile/profile-runs.ts'
import { reportOf } from '../profile/report.ts'
import type { Samples } from '../profile/samples.ts'
import { samplesNotes } from '../ui/profile-page.ts'
import { noSuchRun } from './find-run.ts'

/** What other programs open. */
export const profileFileFormats = ['folded', 'cpuprofile', 'speedscope', 'pprof', 'trace', 'svg', 'html'] as const
export type ProfileFileFormat = (typeof profileFileFormats)[number]

/** Throws NO_SUCH_RUN for a format that needs samples, of a run that has none. */
export function renderFile(run: StoredRun, format: ProfileFileFormat): string | Uint8Array {
  switch (format) {
    case 'folded':
      return foldedText(run.samples === undefined ? blameStacks(run.profile) : sampledStacks(run.samples))
    case 'svg':
      return pictureOf(run)
    case 'html':
      return htmlOf(run)
    case 'trace':
      return `${traceJson(run.profile)}\n`
    case 'speedscope':
      return `${speedscopeJson(samplesOf(run), `run ${run.id}: ${run.command}`)}\n`
    case 'pprof':
      return pprofGzip(samplesOf(run), { startedAtMs: run.startedAtMs, elapsedMicros: run.profile.elapsedMicros })
    case 'cpuprofile':
      return `${cpuProfileOf(run)}\n`
  }
}

/** What threads did, where they were sampled; else where the elapsed time went. */
function pictureOf(run: StoredRun): string {
  const { id, profile, samples } = run
  const name = samples === undefined ? `run ${id}: the elapsed time` : `run ${id}: what threads did`
  const tree = flameTree(samples === undefined ? blameStacks(profile) : withoutIdle(sampledStacks(samples)), name)
  const [finding] = reportOf(run).findings
  return flameSvg(tree, { title: finding?.sentence ?? '', width: 1200 })
}

/** `before`: the run that it is compared with. */
export function htmlOf(run: StoredRun, before?: { readonly run: StoredRun; readonly sentence: string }): string {
  const report = reportOf(run)
  const findings = report.findings.map(({ sentence }) => sentence)
  const sentences = before === undefined ? findings : [before.sentence, ...findings]
  const footnotes = report.sampled === undefined ? [] : samplesNotes(report.sampled)
  return flameHtml(flamePageOf(run, { sentences, footnotes }, before?.run))
}

/** The format knows one thread: the main one, if it is there. */
function cpuProfileOf(run: StoredRun): string {
  const { threads } = samplesOf(run)
  const thread = threads.find((one) => one.thread === 'main') ?? threads[0]
  if (thread === undefined) throw noSuchRun(`no such thread was sampled in run ${run.id}`)
  return cpuProfileJson(thread)
}

function samplesOf({ id, samples }: StoredRun): Samples {
  if (samples !== undefined) return samples
  throw noSuchRun(
    `run ${id} was not sampled, since it was short or is an old one: \`profile -- sync\` samples from the start`,
  )
}
