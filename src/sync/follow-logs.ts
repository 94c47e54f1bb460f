import type { Change, LogPosition } from '../model/change.ts'
import type { FollowedLog } from './change-log.ts'
import { mergeChanges } from './merge-changes.ts'
import type { Clock } from './ports.ts'

/** A log to follow, and from where. */
export interface LogToFollow {
  readonly log: FollowedLog
  readonly since: LogPosition
}

/** What a follower is told; each is waited for before the next. `log` is the place in the list of logs. `onChange` says whether
 *  whoever follows has heard of it. */
export interface FollowingListener {
  onChange(change: Change, log: number): Promise<boolean>
  /** All that there is has been told, for now. */
  onCaughtUp(): Promise<void>
  /** Another log is in the place of the one that was followed: it is told from its beginning. */
  onReplaced(log: number): Promise<void>
  /** So long nothing was told. */
  onKeepAlive(seqs: readonly number[]): Promise<void>
}

interface FollowingOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly keepAliveMs: number
  readonly listener: FollowingListener
}

/** Between two looks at a log, in milliseconds: soon after something was committed, seldom when nothing is. A look takes some
 *  10 µs. */
const shortestWaitMs = 20
const longestWaitMs = 250

/** Tells every change of the logs once, those of each log in the order of commits, until `signal` fires: then it throws what
 *  `clock.delay` throws. */
export async function followLogs(logs: readonly LogToFollow[], options: FollowingOptions): Promise<never> {
  const { clock, signal, keepAliveMs, listener } = options
  const followers = logs.map(({ log, since }, index) => new Follower(log, since, index))
  let waitMs = shortestWaitMs
  let toldMs = clock.monotonicMs()
  for (;;) {
    for (const follower of followers) if (follower.look() === 'replaced') await listener.onReplaced(follower.index)
    let [isNews, told] = [false, false]
    for (const { change, follower } of mergeChanges(followers.map((follower) => follower.news()))) {
      isNews = true
      if (await listener.onChange(change, follower.index)) told = true
      signal.throwIfAborted()
    }
    await listener.onCaughtUp()
    if (told) toldMs = clock.monotonicMs()
    else if (clock.monotonicMs() - toldMs >= keepAliveMs) {
      await listener.onKeepAlive(followers.map(({ seq }) => seq))
      toldMs = clock.monotonicMs()
    }
    waitMs = isNews ? shortestWaitMs : Math.min(longestWaitMs, waitMs * 1.5)
    await clock.delay(Math.min(waitMs, Math.max(1, toldMs + keepAliveMs - clock.monotonicMs())), signal)
  }
}

interface Told {
  readonly at: string
  readonly change: Change
  readonly follower: Follower
}

/** How far one log has been told. */
class Follower {
  readonly index: number
  readonly #log: FollowedLog
  #position: LogPosition
  /** The last change that was told, by which the log is known again. */
  #last: string | undefined
  #hasNews = false

  constructor(log: FollowedLog, since: LogPosition, index: number) {
    this.#log = log
    this.#position = since
    this.index = index
  }

  /** 0: nothing is known of it yet. */
  get seq(): number {
    return 'afterSeq' in this.#position ? this.#position.afterSeq : 0
  }

  look(): 'replaced' | undefined {
    const news = this.#log.look()
    this.#hasNews = news === 'opened' || news === 'grown'
    if (!this.#hasNews) return undefined
    const seq = this.#log.seqBefore(this.#position)
    const last = this.#log.changeAt(seq)
    // A copy may have been written over it, too: into the same file.
    const isSame = seq === 0 || (last !== undefined && (this.#last ?? markOf(last)) === markOf(last))
    this.#position = { afterSeq: isSame ? seq : 0 }
    this.#last = isSame && last !== undefined ? markOf(last) : undefined
    return isSame ? undefined : 'replaced'
  }

  *news(): Generator<Told, undefined> {
    if (!this.#hasNews) return undefined
    for (const change of this.#log.changes(this.#position)) {
      this.#position = { afterSeq: change.seq }
      this.#last = markOf(change)
      yield { at: change.at, change, follower: this }
    }
    return undefined
  }
}

/** What a change is known again by: names may become others. */
function markOf({ at, kind, uid, before, after }: Change): string {
  return JSON.stringify([at, kind, uid, before, after])
}
