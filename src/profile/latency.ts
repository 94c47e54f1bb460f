import type { CommandRecord } from './run-profile.ts'

/** How long a server let commands of one kind wait for their first octet; microseconds. */
export interface LatencyRow {
  readonly account: string
  readonly command: string
  readonly commands: number
  /** The least: about one round trip. */
  readonly floor: number
  readonly median: number
  /** 99 of 100 took no longer. */
  readonly p99: number
  readonly receivedOctets: number
  /** By upper bounds in microseconds, each twice the one before, from 128 on: how many took so long. */
  readonly histogram: readonly (readonly [upTo: number, commands: number])[]
}

const firstBucket = 128

/** Those that took the most time first. What had come and lay waiting since our own loop was busy is not the server's. */
export function latencies(commands: readonly CommandRecord[]): readonly LatencyRow[] {
  const groups = Map.groupBy(commands, ({ account, name }) => JSON.stringify([account, name]))
  return [...groups.values()].toSorted((one, other) => waited(other) - waited(one)).map(toRow)
}

function waited(commands: readonly CommandRecord[]): number {
  return commands.reduce((sum, one) => sum + thinkMicros(one), 0)
}

/** From sending a command to its first octet. */
export function thinkMicros({ sentAt, firstAt, queuedMicros }: CommandRecord): number {
  return Math.max(0, firstAt - sentAt - queuedMicros)
}

function toRow(commands: readonly CommandRecord[]): LatencyRow {
  const waits = commands.map(thinkMicros).toSorted((one, other) => one - other)
  const [first] = commands
  const at = (share: number): number => waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? 0
  return {
    account: first?.account ?? '',
    command: first?.name ?? '',
    commands: commands.length,
    floor: waits[0] ?? 0,
    median: at(0.5),
    p99: at(0.99),
    receivedOctets: commands.reduce((sum, { receivedOctets }) => sum + receivedOctets, 0),
    histogram: histogramOf(waits),
  }
}

function histogramOf(waits: readonly number[]): readonly (readonly [number, number])[] {
  const buckets = new Map<number, number>()
  for (const wait of waits) {
    let upTo = firstBucket
    while (upTo < wait) upTo *= 2
    buckets.set(upTo, (buckets.get(upTo) ?? 0) + 1)
  }
  return [...buckets].toSorted(([one], [other]) => one - other)
}
