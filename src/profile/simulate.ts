import { toTurns } from './replayed-turns.ts'
import type { Job, Turn } from './replayed-turns.ts'
import type { CommandRecord } from './run-profile.ts'

export interface SimulationOptions {
  readonly connections: number
  /** Octets per microsecond of all connections together; Infinity: each has what it had. */
  readonly totalRate?: number
  /** Octets per microsecond of each connection, instead of what it had. */
  readonly ownRate?: number | undefined
  /** When all connections but the first have logged in; microseconds. */
  readonly lateMicros?: number
}

/** How far a mailbox has come. */
interface Progress {
  readonly turn: Turn
  state: 'waiting' | 'beginning' | 'begun'
  /** Of its fetches: the next one. */
  next: number
}

interface Connection {
  /** What it does, one after the other, and for which mailbox; that is the last one that it has examined. */
  jobs: readonly Job[]
  index: number
  mailbox: Progress | undefined
  phase: 'opening' | 'free' | 'think' | 'transfer' | 'queued' | 'cpu'
  /** When the phase ends; of a transfer, what is left of it instead. */
  until: number
  left: number
}

/** How long the commands of a run would take over so many connections and one main thread, in microseconds: each waits for its first octet
 *  as it did, receives at its own rate, and is worked on when the thread is free. What begins a mailbox is done in its order. A limit
 *  for all connections together cannot be seen from a run with one: then the result is the best case. */
export function simulate(commands: readonly CommandRecord[], options: SimulationOptions): number {
  return new Simulation(toTurns(commands, options.ownRate), options).run()
}

class Simulation {
  readonly #mailboxes: readonly Progress[]
  /** All before it have nothing left to be begun. */
  #first = 0
  readonly #totalRate: number
  readonly #connections: readonly Connection[]
  /** Those that wait for the main thread, in their order. */
  readonly #queue: Connection[] = []
  #running: Connection | undefined
  #now = 0
  #left: number

  constructor(turns: readonly Turn[], { connections, totalRate = Infinity, lateMicros = 0 }: SimulationOptions) {
    this.#mailboxes = turns.map((turn) => ({ turn, state: turn.chain.length > 0 ? 'waiting' : 'begun', next: 0 }))
    this.#left = turns.reduce((sum, { chain, fetches }) => sum + chain.length + fetches.length, 0)
    this.#totalRate = totalRate
    this.#connections = Array.from({ length: connections }, (_, index) => ({
      jobs: [],
      index: 0,
      mailbox: undefined,
      phase: index === 0 ? 'free' : 'opening',
      until: index === 0 ? 0 : lateMicros,
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
    const isOver = connection.until <= this.#now
    if (connection.phase === 'opening' && isOver) connection.phase = 'free'
    if (connection.phase === 'free') this.#takeJobs(connection)
    if (connection.phase === 'think' && connection.until <= this.#now) {
      connection.phase = 'transfer'
      connection.left = jobOf(connection)?.octets ?? 0
    }
    if (connection.phase === 'transfer' && connection.left <= 1e-6) {
      connection.phase = 'queued'
      this.#queue.push(connection)
    }
  }

  /** Of the mailbox that it has examined, or of the first that has any. */
  #takeJobs(connection: Connection): void {
    const { mailbox: own } = connection
    const mailbox = own !== undefined && hasJobs(own) ? own : this.#firstWithJobs()
    if (mailbox === undefined) return
    const { turn, state } = mailbox
    connection.index = 0
    connection.jobs = state === 'waiting' ? turn.chain : turn.fetches.slice(mailbox.next, mailbox.next + 1)
    if (state === 'waiting') mailbox.state = 'beginning'
    else mailbox.next++
    this.#think(connection, state === 'waiting' || mailbox === own ? 0 : turn.examine)
    connection.mailbox = mailbox
  }

  #firstWithJobs(): Progress | undefined {
    while (isUsedUp(this.#mailboxes[this.#first])) this.#first++
    for (let index = this.#first; index < this.#mailboxes.length; index++) {
      const mailbox = this.#mailboxes[index]
      if (mailbox !== undefined && hasJobs(mailbox)) return mailbox
    }
    return undefined
  }

  #think(connection: Connection, before: number): void {
    connection.phase = 'think'
    const { pause = 0, think = 0 } = jobOf(connection) ?? {}
    connection.until = this.#now + before + pause + think
  }

  /** Whether the main thread has changed what it does. */
  #settleThread(): boolean {
    if (this.#running !== undefined && this.#running.until <= this.#now) {
      this.#endJob(this.#running)
      this.#running = undefined
      return true
    }
    if (this.#running !== undefined) return false
    const next = this.#queue.shift()
    if (next === undefined) return false
    next.phase = 'cpu'
    next.until = this.#now + (jobOf(next)?.cpu ?? 0)
    this.#running = next
    return true
  }

  #endJob(connection: Connection): void {
    connection.index++
    this.#left--
    if (jobOf(connection) !== undefined) return this.#think(connection, 0)
    connection.phase = 'free'
    if (connection.mailbox?.state === 'beginning') connection.mailbox.state = 'begun'
  }

  /** To the next instant at which something happens. */
  #advance(): void {
    const moving = this.#connections.filter(({ phase }) => phase === 'transfer')
    const share = this.#totalRate / moving.length
    const rateOf = (connection: Connection): number => Math.min(jobOf(connection)?.rate ?? Infinity, share)
    let next = Infinity
    for (const { phase, until } of this.#connections)
      if (phase === 'think' || phase === 'cpu' || phase === 'opening') next = Math.min(next, until)
    for (const one of moving) next = Math.min(next, this.#now + one.left / rateOf(one))
    for (const one of moving) one.left -= (next - this.#now) * rateOf(one)
    this.#now = next
  }
}

function hasJobs({ turn, state, next }: Progress): boolean {
  return state === 'waiting' || (state === 'begun' && next < turn.fetches.length)
}

function isUsedUp(mailbox: Progress | undefined): boolean {
  return mailbox?.state === 'begun' && mailbox.next >= mailbox.turn.fetches.length
}

function jobOf({ jobs, index }: Connection): Job | undefined {
  return jobs[index]
}
