import { AppError } from '../model/errors.ts'
import { askProcess } from '../profile/control-client.ts'
import { findControlPlaces, isAlive } from '../profile/control-place.ts'
import type { ControlPlace } from '../profile/control-place.ts'
import type { LiveState } from '../profile/control-server.ts'
import type { CommandContext } from './context.ts'

export interface RunningProcess {
  readonly pid: number
  /** Samples it for so many milliseconds; undefined: it has ended. */
  ask(ms: number): Promise<LiveState | undefined>
}

/** The process of that number, or the one that runs. Throws NO_SUCH_RUN when there is none, USAGE when there are several. */
export async function findRunning(context: CommandContext, pid: number | undefined): Promise<RunningProcess> {
  const places = await placesOf(context)
  const wanted = places.filter((place) => (pid === undefined ? isAlive(place) : place.pid === pid))
  const [first, ...others] = wanted
  if (first === undefined) throw noneRuns(pid)
  if (others.length > 0 && new Set(wanted.map((one) => one.pid)).size > 1) {
    const numbers = wanted.map((one) => one.pid).join(', ')
    throw new AppError({ code: 'USAGE', message: `several syncs run: ${numbers}`, hint: 'name one of them' })
  }
  return { pid: first.pid, ask: (ms) => askProcess(first, ms) }
}

/** Throws as `findRunning` does. */
export async function askRunning(context: CommandContext, pid: number | undefined, ms: number): Promise<LiveState> {
  const found = await findRunning(context, pid)
  const state = await found.ask(ms)
  if (state === undefined) throw noneRuns(found.pid)
  return state
}

async function placesOf(context: CommandContext): Promise<readonly ControlPlace[]> {
  const stores = (await context.loadStores()).accounts.map(({ store }) => store)
  return findControlPlaces(await context.controlBases(stores))
}

function noneRuns(pid: number | undefined): AppError {
  return new AppError({
    code: 'NO_SUCH_RUN',
    message: pid === undefined ? 'no sync runs that can be asked' : `process ${pid} is no sync that can be asked`,
    hint: 'a sync can be asked by its owner from its fourth second on',
  })
}
