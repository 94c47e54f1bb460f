import { thinkMicros } from './latency.ts'
import type { CommandRecord } from './run-profile.ts'

/** A command as it would be replayed; microseconds and octets. */
export interface Job {
  /** From the end of the command before it on its connection: what the engine and the store took. */
  readonly pause: number
  readonly think: number
  readonly octets: number
  /** Octets per microsecond that it had by itself. */
  readonly rate: number
  readonly cpu: number
}

/** What was asked about a mailbox. */
export interface Turn {
  /** What begins it: these follow from each other. */
  readonly chain: readonly Job[]
  /** Each asks for messages: any connection may do it once the mailbox has begun and that connection has examined it. */
  readonly fetches: readonly Job[]
  /** What it costs a connection to examine the mailbox. */
  readonly examine: number
}

/** For which a command received, without what we took for it ourselves; 1 at least. */
export function transferMicros({ firstAt, endedAt, cpuMicros, writerMicros }: CommandRecord): number {
  return Math.max(1, endedAt - firstAt - cpuMicros - writerMicros)
}

/** In the order in which mailboxes were begun. `ownRate`: what each connection has, instead of what it had. */
export function toTurns(commands: readonly CommandRecord[], ownRate?: number): readonly Turn[] {
  const sorted = commands.toSorted((one, other) => one.sentAt - other.sentAt)
  const groups = Map.groupBy(sorted, ({ account, mailbox }) => JSON.stringify([account, mailbox]))
  const pauses = pausesOf(sorted)
  const toJob = (command: CommandRecord): Job => {
    const { receivedOctets: octets, cpuMicros: cpu } = command
    const rate = ownRate ?? octets / transferMicros(command)
    return { pause: pauses.get(command) ?? 0, think: thinkMicros(command), octets, rate, cpu }
  }
  return [...groups.values()].map((own) => {
    const examining = own.find(({ name }) => name === 'EXAMINE')
    return {
      chain: own.filter((one) => !asksForMessages(one)).map(toJob),
      fetches: own.filter(asksForMessages).map(toJob),
      examine: examining === undefined ? 0 : thinkMicros(examining),
    }
  })
}

/** Longer ones are no pauses between commands: somebody waited for something else. */
const longestPause = 50_000

function pausesOf(sorted: readonly CommandRecord[]): ReadonlyMap<CommandRecord, number> {
  const endedAt = new Map<number, number>()
  const pauses = new Map<CommandRecord, number>()
  for (const command of sorted) {
    const pause = command.sentAt - (endedAt.get(command.lane) ?? command.sentAt)
    if (pause > 0 && pause <= longestPause) pauses.set(command, pause)
    endedAt.set(command.lane, command.endedAt)
  }
  return pauses
}

const asksForMessages = ({ messages }: CommandRecord): boolean => messages > 0
