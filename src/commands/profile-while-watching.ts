import { findingOfStretch, stretchBetween } from '../profile/stretch.ts'
import type { RunRecorder } from '../profile/recorder.ts'
import { Bell } from '../sync/bell.ts'
import type { CommandContext } from './context.ts'
import { saveProfile } from './keep-profile.ts'
import type { ProfileToSave } from './keep-profile.ts'

export type ProfiledWatch = Pick<ProfileToSave, 'config' | 'selection'> & {
  readonly recorder: RunRecorder
  readonly signal: AbortSignal
}

const everyMs = 15 * 60_000

/** Keeps a profile of each quarter of an hour in which there was something to do, until the signal fires: what is recorded over days
 *  would explain nothing. */
export async function profileWhileWatching(context: CommandContext, watch: ProfiledWatch): Promise<void> {
  const { recorder, signal, ...run } = watch
  const bell = new Bell(context.clock, signal)
  let before = recorder.profile()
  let startedAtMs = context.nowMs()
  do {
    await bell.wait(everyMs)
    const after = recorder.profile()
    const profile = stretchBetween(before, after)
    const finding = findingOfStretch(profile)
    if (finding !== undefined) {
      await saveProfile(context, { ...run, startedAtMs, profile, finding, samples: undefined, name: 'watch' })
    }
    before = after
    startedAtMs = context.nowMs()
  } while (!bell.isOver())
}
