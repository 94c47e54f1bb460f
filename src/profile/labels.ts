import { AsyncLocalStorage, createHook } from 'node:async_hooks'
import type { Label } from './samples.ts'
import { nobody } from './samples.ts'

/** Changes that are remembered: what is sampled more often than these go round is merged in time. */
const remembered = 2 ** 17

/** Whom the main thread works for, instant by instant: a change costs two stores. What follows a section belongs to it too, since the
 *  continuations of a socket's data run right after it. Times are of the caller's clock, in microseconds. */
export class LabelTimeline {
  readonly #labels: Label[] = [nobody]
  readonly #numbers = new Map<string, number>()
  readonly #at = new Float64Array(remembered)
  readonly #label = new Uint16Array(remembered)
  readonly #current: Int32Array
  readonly #clock: () => number
  #changes = 0
  /** Told of each label that is made. */
  onNew: (number: number, label: Label) => void = () => undefined

  /** `shared`: four octets, in which other threads see the label that is in force. */
  constructor(clock: () => number, shared = new SharedArrayBuffer(4)) {
    this.#clock = clock
    this.#current = new Int32Array(shared, 0, 1)
  }

  get labels(): readonly Label[] {
    return this.#labels
  }

  /** The label in force. */
  get current(): number {
    return this.#current[0] ?? 0
  }

  /** The same number for the same label; 0 for nobody's, and when there are too many. */
  numberOf({ account, mailbox, command }: Label): number {
    const key = `${account}\0${mailbox}\0${command}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    if (this.#labels.length > 0xffff) return 0
    const label = { account, mailbox, command }
    const number = account === '' ? 0 : this.#labels.push(label) - 1
    this.#numbers.set(key, number)
    if (number > 0) this.onNew(number, label)
    return number
  }

  set(number: number): void {
    if (number === this.#current[0]) return
    Atomics.store(this.#current, 0, number)
    this.#at[this.#changes % remembered] = this.#clock()
    this.#label[this.#changes % remembered] = number
    this.#changes++
  }

  /** Reads labels for instants that do not go back: of each the one that was in force then. */
  reader(): (at: number) => number {
    let next = Math.max(0, this.#changes - remembered)
    let label = 0
    return (at) => {
      for (; next < this.#changes && (this.#at[next % remembered] ?? 0) <= at; next++)
        label = this.#label[next % remembered] ?? 0
      return label
    }
  }
}

/** Carries the account over whatever is awaited: what runs after a timer or an answer of another thread is its as well. Costs each await
 *  some 50 ns, so that it is used only when asked for. */
export class LabelFollower {
  readonly #timeline: LabelTimeline
  readonly #storage = new AsyncLocalStorage<number>()
  readonly #hook = createHook({ before: () => this.#restore() })

  constructor(timeline: LabelTimeline) {
    this.#timeline = timeline
  }

  enable(): void {
    this.#hook.enable()
  }

  disable(): void {
    this.#hook.disable()
  }

  within<T>(account: string, work: () => T): T {
    return this.#storage.run(this.#timeline.numberOf({ account, mailbox: '', command: '' }), work)
  }

  /** A more precise label of the same account stays. */
  #restore(): void {
    const carried = this.#storage.getStore() ?? 0
    const { labels, current } = this.#timeline
    if (labels[carried]?.account !== labels[current]?.account) this.#timeline.set(carried)
  }
}
