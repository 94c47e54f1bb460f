import type { CommandRecord } from './run-profile.ts'

type Draft = { -readonly [Key in keyof CommandRecord]: CommandRecord[Key] }

/** Commands of which all is kept; of earlier ones only sums are. */
const mostCommands = 20_000

/** The latest commands of a run. */
export class CommandLog {
  readonly #ended: CommandRecord[] = []
  #next = 0
  #count = 0

  add(command: CommandRecord): void {
    this.#count++
    if (this.#ended.length < mostCommands) this.#ended.push(command)
    else this.#ended[this.#next] = command
    this.#next = (this.#next + 1) % mostCommands
  }

  get commands(): readonly CommandRecord[] {
    if (this.#count <= mostCommands) return [...this.#ended]
    return [...this.#ended.slice(this.#next), ...this.#ended.slice(0, this.#next)]
  }

  get forgotten(): number {
    return Math.max(0, this.#count - mostCommands)
  }
}

/** A command on its way. */
export class RunningCommand {
  readonly #draft: Draft
  #hasAnswered = false
  /** Since when the server has been waited for; what we do ourselves meanwhile is none of its time. */
  #quietSince: number

  constructor(
    about: Pick<CommandRecord, 'lane' | 'account' | 'mailbox' | 'name' | 'messages' | 'sentAt' | 'sentOctets'>,
  ) {
    const nothing = { firstAt: 0, endedAt: 0, receivedOctets: 0, cpuMicros: 0, queuedMicros: 0, writerMicros: 0 }
    this.#draft = { ...about, ...nothing, gapAt: about.sentAt, gapMicros: 0 }
    this.#quietSince = about.sentAt
  }

  arrival(at: number, octets: number): void {
    if (!this.#hasAnswered) this.#draft.firstAt = at
    this.#hasAnswered = true
    this.#endGap(at)
    this.#draft.receivedOctets += octets
  }

  spent(what: 'cpuMicros' | 'queuedMicros' | 'writerMicros', micros: number): void {
    this.#draft[what] += micros
    this.#quietSince += micros
  }

  /** The mailbox is known by its answer: EXAMINE. */
  set mailbox(path: string) {
    this.#draft.mailbox = path
  }

  end(at: number): CommandRecord {
    if (!this.#hasAnswered) this.#draft.firstAt = at
    this.#draft.endedAt = at
    this.#endGap(at)
    return this.#draft
  }

  #endGap(at: number): void {
    const micros = at - this.#quietSince
    if (micros > this.#draft.gapMicros) {
      this.#draft.gapAt = this.#quietSince
      this.#draft.gapMicros = micros
    }
    this.#quietSince = at
  }
}
