import type { CommandRecord, RunProfile, StateSums } from './run-profile.ts'
import type { Label } from './samples.ts'

/** The elapsed time for which states are to blame; microseconds. */
export function blameOf({ sums }: RunProfile, states: readonly string[]): number {
  return sums.reduce((total, row) => total + blameOfRow(row, states), 0)
}

/** Where most of it was. */
export function placeOf({ sums }: RunProfile, states: readonly string[]): Label {
  const [most] = sums.toSorted((one, other) => blameOfRow(other, states) - blameOfRow(one, states))
  const { account = '', mailbox = '', command = '' } = most !== undefined && blameOfRow(most, states) > 0 ? most : {}
  return { account, mailbox, command }
}

function blameOfRow({ blameMicros }: StateSums, states: readonly string[]): number {
  return states.reduce((sum, state) => sum + (blameMicros[state] ?? 0), 0)
}

export const nameOf = ({ account, mailbox, command }: Label): string =>
  [account, mailbox, command].filter((name) => name !== '').join(' / ')

export function shareOf({ elapsedMicros }: RunProfile, micros: number): number {
  return elapsedMicros > 0 ? Math.min(1, micros / elapsedMicros) : 0
}

/** Commands of the kind that stands in a place, of all mailboxes. */
export function commandsLike({ commands }: RunProfile, place: Label): readonly CommandRecord[] {
  return commands.filter(({ name }) => place.command === '' || name === place.command)
}

/** What came, by the commands that are kept. */
export function receivedOctets({ commands }: RunProfile): number {
  return commands.reduce((sum, one) => sum + one.receivedOctets, 0)
}
