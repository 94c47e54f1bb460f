import type { LogPosition, PastMoment } from '../model/change.ts'
import { AppError } from '../model/errors.ts'
import { parsePosition } from './option-parsers.ts'

const dateHint = 'dates are written 2026-10-05, 2026-10, 2026-10-05T14:00, 7d, 2w, today or yesterday'

function refuse(message: string, hint: string): never {
  throw new AppError({ code: 'USAGE', message, hint })
}

/** What an option says, as `--since`. Throws USAGE. */
export function positionOf(option: string, text: string, nowMs: number): LogPosition {
  return parsePosition(text, nowMs) ?? refuse(`${option} "${text}" is neither a sequence number nor a date`, dateHint)
}

/** Each store counts its changes for itself. */
export function refuseSeveralStores(position: LogPosition, stores: number, hint: string): void {
  if (stores < 2 || !('afterSeq' in position)) return
  refuse('a sequence number belongs to one store, and the accounts have several', hint)
}

/** What reads as of a moment. */
interface GoesBack {
  goBackTo(moment: LogPosition): PastMoment
}

/** Takes the readers back to a moment, in the order of the stores. Throws USAGE where no store has it. */
export function goBack(
  readers: readonly GoesBack[],
  { option, text, nowMs }: { readonly option: string; readonly text: string; readonly nowMs: number },
): readonly PastMoment[] {
  const position = positionOf(option, text, nowMs)
  refuseSeveralStores(position, readers.length, 'give a date')
  if ('fromMs' in position && position.fromMs > nowMs)
    refuse(`${option} "${text}" is in the future`, 'what will be is not known')
  const moments = readers.map((reader) => reader.goBackTo(position))
  const [first] = moments
  if (first !== undefined && 'afterSeq' in position && position.afterSeq > first.lastSeq)
    refuse(
      `${option} ${text}: there is no such change, the last one is ${first.lastSeq}`,
      '`mailmirror log` lists them',
    )
  if (moments.every(({ seq }) => seq === 0)) {
    const [began] = moments.flatMap(({ beganAt = [] }) => beganAt).toSorted()
    refuse(`${option} "${text}" is before the first sync`, beganHint(began))
  }
  return moments
}

function beganHint(began: string | undefined): string {
  return began === undefined ? 'nothing has been mirrored yet' : `the change log begins with change 1, at ${began}`
}
