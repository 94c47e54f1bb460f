import type { RunProfile } from './run-profile.ts'

/** A mailbox, and what of a run's elapsed time it is to blame for; microseconds. */
export interface SlowMailbox {
  readonly account: string
  /** Empty: what belongs to no mailbox, such as logins. */
  readonly mailbox: string
  readonly micros: number
  /** The state that took most of it. */
  readonly state: string
  readonly commands: number
  readonly receivedOctets: number
}

interface Place {
  readonly account: string
  readonly mailbox: string
}

const keyOf = ({ account, mailbox }: Place): string => JSON.stringify([account, mailbox])

/** The slowest first. */
export function slowMailboxes({ sums, commands }: RunProfile): readonly SlowMailbox[] {
  const commandsOf = Map.groupBy(commands, keyOf)
  const rows = [...Map.groupBy(sums, keyOf)].map(([key, own]) => {
    const states = new Map<string, number>()
    for (const { blameMicros } of own) {
      for (const [state, micros] of Object.entries(blameMicros)) states.set(state, (states.get(state) ?? 0) + micros)
    }
    const [most] = [...states].toSorted(([, one], [, other]) => other - one)
    const sent = commandsOf.get(key) ?? []
    return {
      account: own[0]?.account ?? '',
      mailbox: own[0]?.mailbox ?? '',
      micros: [...states.values()].reduce((sum, micros) => sum + micros, 0),
      state: most?.[0] ?? '',
      commands: sent.length,
      receivedOctets: sent.reduce((sum, { receivedOctets }) => sum + receivedOctets, 0),
    }
  })
  return rows
    .filter(({ account, micros }) => account !== '' && micros > 0)
    .toSorted((one, other) => other.micros - one.micros)
}
