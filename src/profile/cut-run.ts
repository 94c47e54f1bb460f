import type { StoredRun } from './profile-runs.ts'
import type { CommandRecord, RunProfile } from './run-profile.ts'
import { sumsOfCommands } from './sums-of-commands.ts'
import { nobody } from './samples.ts'
import type { Samples, ThreadSamples } from './samples.ts'

/** A part of a run. What is not given is not cut. */
export interface RunCut {
  /** Microseconds since the run began. */
  readonly from?: number | undefined
  readonly until?: number | undefined
  readonly account?: string | undefined
  readonly thread?: string | undefined
}

/** The same run as if only that part of it had been recorded. In a range of time, sums are made again from the commands that are kept. */
export function cutRun(run: StoredRun, cut: RunCut): StoredRun {
  const { profile, samples } = run
  const isTimed = cut.from !== undefined || cut.until !== undefined
  const ofAccount = cut.account === undefined ? profile : onlyAccount(profile, cut.account)
  return {
    ...run,
    profile: isTimed ? within(ofAccount, cut) : ofAccount,
    samples: samples === undefined ? undefined : cutSamples(samples, cut),
  }
}

function onlyAccount(profile: RunProfile, account: string): RunProfile {
  const isIts = (row: { readonly account: string }): boolean => row.account === account
  return {
    ...profile,
    sums: profile.sums.filter(isIts),
    heldUp: profile.heldUp.filter(isIts),
    writer: profile.writer.filter(isIts),
    ceilings: profile.ceilings.filter(isIts),
    commands: profile.commands.filter(isIts),
  }
}

function within(profile: RunProfile, { from = 0, until = Infinity }: RunCut): RunProfile {
  const end = Math.max(from, Math.min(until, profile.elapsedMicros))
  const commands = profile.commands.filter(({ sentAt, endedAt }) => sentAt < end && endedAt > from)
  return {
    ...profile,
    ...sumsOfCommands(commands, { from, until: end }),
    elapsedMicros: end - from,
    lanes: lanesOf(commands),
    // Nobody knows when these were.
    heldUp: [],
    writer: [],
    locks: [],
    ceilings: [],
    schedule: undefined,
    commands,
  }
}

function lanesOf(commands: readonly CommandRecord[]): number {
  return new Set(commands.map(({ lane }) => lane)).size
}

function cutSamples(samples: Samples, cut: RunCut): Samples {
  const threads = samples.threads.filter(({ thread }) => cut.thread === undefined || thread === cut.thread)
  return { ...samples, threads: threads.map((one) => cutThread(one, cut)) }
}

function cutThread(one: ThreadSamples, { from = 0, until = Infinity, account }: RunCut): ThreadSamples {
  const kept: number[] = []
  const microsIn = (index: number): number => {
    const at = one.at[index] ?? 0
    return Math.min(until, at + (one.micros[index] ?? 0)) - Math.max(from, at)
  }
  for (let index = 0; index < one.at.length; index++) {
    const label = one.labels[one.label[index] ?? 0] ?? nobody
    if (microsIn(index) > 0 && (account === undefined || label.account === account)) kept.push(index)
  }
  const pick = (column: readonly number[]): readonly number[] => kept.map((index) => column[index] ?? 0)
  return {
    ...one,
    // In proportion: which samples made a stretch is not kept.
    count: Math.round((one.count * kept.length) / Math.max(1, one.at.length)),
    at: pick(one.at).map((at) => Math.max(from, at)),
    micros: kept.map(microsIn),
    stack: pick(one.stack),
    label: pick(one.label),
  }
}
