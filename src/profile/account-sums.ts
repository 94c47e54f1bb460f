import type { LabelTimeline } from './labels.ts'
import { stateNames } from './lane-states.ts'
import { cleanName } from './run-profile.ts'
import type { HeldUp, StateSums } from './run-profile.ts'

/** A lane at one moment. */
export interface LaneNow {
  readonly lane: number
  readonly account: string
  readonly mailbox: string
  readonly command: string
  readonly state: string
  /** For how long it has been in that state. */
  readonly micros: number
}

/** A lane whose connection is there. */
interface OpenLane {
  /** Adds the time up to now to the account. */
  settle(): void
  /** Changes nothing. */
  atThisMoment(): LaneNow
}

/** Whom the main thread works for, told to whoever samples it. */
export interface LaneLabels extends Pick<LabelTimeline, 'numberOf' | 'set'> {
  /** Runs `work`, and all that it awaits, for the account. */
  within<T>(account: string, work: () => T): T
}

/** Microseconds by state. */
class Sums {
  readonly micros = new Float64Array(stateNames.length)
  readonly blame = new Float64Array(stateNames.length)

  add(state: number, micros: number, blame: number): void {
    this.micros[state] = (this.micros[state] ?? 0) + micros
    this.blame[state] = (this.blame[state] ?? 0) + blame
  }

  /** The same time, called by another name; who is to blame for it does not change. */
  move(from: number, to: number, micros: number): void {
    this.micros[from] = (this.micros[from] ?? 0) - micros
    this.micros[to] = (this.micros[to] ?? 0) + micros
  }
}

/** What was spent on one command in one mailbox. */
export class Place extends Sums {
  readonly mailbox: string
  readonly command: string
  /** Of whoever samples the main thread. */
  readonly label: number

  constructor(mailbox: string, command: string, label: number) {
    super()
    this.mailbox = mailbox
    this.command = command
    this.label = label
  }
}

/** What all lanes of an account spent. */
export class AccountSums extends Sums {
  readonly name: string
  /** By mailbox and command. */
  readonly #places = new Map<string, Place>()
  /** By the account that held the main thread meanwhile. */
  readonly heldBy = new Map<string, number>()
  readonly writer = { hash: 0, compress: 0, sqlite: 0, commit: 0, open: 0, commits: 0 }
  readonly openLanes = new Set<OpenLane>()
  roundTrips = 0
  receivedOctets = 0
  sentOctets = 0
  readonly #labels: LaneLabels | undefined

  constructor(name: string, labels: LaneLabels | undefined) {
    super()
    this.name = name
    this.#labels = labels
  }

  get places(): Iterable<Place> {
    return this.#places.values()
  }

  placeOf(mailbox: string, command: string): Place {
    const key = `${mailbox}\0${command}`
    const known = this.#places.get(key)
    if (known !== undefined) return known
    const label = this.#labels?.numberOf({ account: cleanName(this.name), mailbox, command }) ?? 0
    const place = new Place(mailbox, command, label)
    this.#places.set(key, place)
    return place
  }
}

export function toStateSums({ name, places }: AccountSums): readonly StateSums[] {
  return [...places]
    .map(({ mailbox, command, micros, blame }) => ({
      account: cleanName(name),
      mailbox,
      command,
      laneMicros: aboveZero(byState(micros)),
      blameMicros: aboveZero(byState(blame)),
    }))
    .filter(({ laneMicros }) => Object.keys(laneMicros).length > 0)
}

export function toHeldUp({ name, heldBy }: AccountSums): readonly HeldUp[] {
  return [...heldBy].map(([by, micros]) => ({ account: cleanName(name), by: cleanName(by), micros }))
}

export function byState(sums: Float64Array): readonly (readonly [string, number])[] {
  return stateNames.map((name, index) => [name, sums[index] ?? 0] as const)
}

export function aboveZero(entries: readonly (readonly [string, number])[]): Readonly<Record<string, number>> {
  return Object.fromEntries(entries.filter(([, micros]) => micros > 0))
}
