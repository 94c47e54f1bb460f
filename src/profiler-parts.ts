// What watches a run, put together: loaded when a command needs it.
import nodePath from 'node:path'
import { RunProfiler, modes } from './profile/run-profiler.ts'
import type { ProfilingModeName } from './profile/run-profiler.ts'
import { stallPathOf } from './profile/stall-log.ts'

/** Folders in which processes of ours may be asked: the session's own, if there is a session (cron has none), then those of the stores. */
export function controlBases(stores: readonly string[], runtimeFolder = ''): readonly string[] {
  const session = runtimeFolder.startsWith('/') ? runtimeFolder : `/run/user/${process.getuid?.() ?? ''}`
  return [session, ...stores.map((store) => nodePath.dirname(store))]
}

/** Stalls are told beside the first of the stores. */
export function createRunProfiler(
  mode: ProfilingModeName,
  stores: readonly string[],
  runtimeFolder?: string,
): RunProfiler {
  const [store] = stores
  const stallFile = store === undefined ? undefined : stallPathOf(store)
  return new RunProfiler(modes[mode], { stallFile, bases: controlBases(stores, runtimeFolder) })
}
