import { thinkMicros } from './latency.ts'
import type { CommandRecord } from './run-profile.ts'

export interface SimulationOptions {
  readonly connections: number
  /** Octets per microsecond of all connections together; Infinity: each has what it had. */
  readonly totalRate?: number
}

/** A command as it would be replayed; microseconds and octets. */
interface Job {
  readonly think: number
  readonly octets: number
  /** Octets per microsecond that it had by itself. */
  readonly rate: number
  readonly cpu: number
}

interface Connection {
  job: Job | undefined
  phase: 'free' | 'think' | 'transfer' | 'queued' | 'cpu'
  /** When the phase ends; of a transfer, what is left of it instead. */
  until: number
  left: number
}

/** How long the commands of a run would take over so many connections and one main thread, in microseconds: each waits for its first octet
 *  as it did, receives at its own rate, and is worked on when the thread is free. A limit for all connections together cannot be seen
 *  from a run with one: then the result is the best case. */
export function simulate(commands: readonly CommandRecord[], options: SimulationOptions): number {
  return new Simulation(commands.map(toJob), options).run()
}

/** For which a command received, without what we took for it ourselves; 1 at least. */
export function transferMicros({ firstAt, endedAt, cpuMicros, writerMicros }: CommandRecord): number {
  return Math.max(1, endedAt - firstAt - cpuMicros - writerMicros)
}

function toJob(command: CommandRecord): Job {
  const { receivedOctets, cpuMicros } = command
  return {
    think: thinkMicros(command),
    octets: receivedOctets,
    rate: receivedOctets / transferMicros(command),
    cpu: cpuMicros,
  }
}

class Simulation {
  readonly #jobs: Job[]
  readonly #totalRate: number
  readonly #connections: readonly Connection[]
  /** Those that wait for the main thread, in their order. */
  readonly #queue: Connection[] = []
  #running: Connection | undefined
  #now = 0
  #left: number

  constructor(jobs: readonly Job[], { connections, totalRate = Infinity }: SimulationOptions) {
    this.#jobs = [...jobs].toReversed()
    this.#left = jobs.length
    this.#totalRate = totalRate
    this.#connections = Array.from({ length: connections }, () => ({
      job: undefined,
      phase: 'free',
      until: 0,
      left: 0,
    }))
  }

  run(): number {
    while (this.#left > 0) {
      for (const connection of this.#connections) this.#begin(connection)
      if (this.#settleThread()) continue
      this.#advance()
    }
    return this.#now
  }

  #begin(connection: Connection): void {
    if (connection.phase === 'free') this.#takeJob(connection)
    if (connection.phase === 'think' && connection.until <= this.#now) {
      connection.phase = 'transfer'
      connection.left = connection.job?.octets ?? 0
    }
    if (connection.phase === 'transfer' && connection.left <= 1e-6) {
      connection.phase = 'queued'
      this.#queue.push(connection)
    }
  }

  #takeJob(connection: Connection): void {
    const job = this.#jobs.pop()
    if (job === undefined) return
    connection.job = job
    connection.phase = 'think'
    connection.until = this.#now + job.think
  }

  /** Whether the main thread has changed what it does. */
  #settleThread(): boolean {
    if (this.#running !== undefined && this.#running.until <= this.#now) {
      this.#running.phase = 'free'
      this.#running = undefined
      this.#left--
      return true
    }
    if (this.#running !== undefined) return false
    const next = this.#queue.shift()
    if (next === undefined) return false
    next.phase = 'cpu'
    next.until = this.#now + (next.job?.cpu ?? 0)
    this.#running = next
    return true
  }

  /** To the next instant at which something happens. */
  #advance(): void {
    const moving = this.#connections.filter(({ phase }) => phase === 'transfer')
    const rateOf = ({ job }: Connection): number => Math.min(job?.rate ?? Infinity, this.#totalRate / moving.length)
    let next = Infinity
    for (const { phase, until } of this.#connections)
      if (phase === 'think' || phase === 'cpu') next = Math.min(next, until)
    for (const one of moving) next = Math.min(next, this.#now + one.left / rateOf(one))
    for (const one of moving) one.left -= (next - this.#now) * rateOf(one)
    this.#now = next
  }
}
