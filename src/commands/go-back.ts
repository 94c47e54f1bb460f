import type { LogPosition, PastMoment } from '../model/change.ts'
import type { CommandContext } from './context.ts'

/** Takes readers back to what `--as-of` says. Throws USAGE. */
export async function goBackAsOf(
  context: CommandContext,
  readers: readonly { goBackTo(moment: LogPosition): PastMoment }[],
  text: string,
): Promise<readonly PastMoment[]> {
  const { goBack } = await import('./log-position.ts')
  return goBack(readers, { option: '--as-of', text, nowMs: context.nowMs() })
}
