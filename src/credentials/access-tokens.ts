import type { SecretSource } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { RememberedAnswers } from './remembered-answers.ts'

/** Where access tokens come from. */
export type TokenSource = Extract<SecretSource, { readonly kind: 'oauth' | 'token-command' }>

/** An access token, and how long it lives from now on; undefined: nobody has said. */
export interface IssuedToken {
  readonly token: string
  readonly lifeMs: number | undefined
}

export interface TokenClock {
  monotonicMs(): number
  /** Milliseconds since 1970. */
  nowMs(): number
}

interface HeldToken {
  readonly token: string
  /** It came a moment ago, because another one was refused. */
  isFresh(): boolean
  hasTime(): boolean
}

interface Ended {
  readonly error: AppError
  isRecent(): boolean
}

/** A token that ends sooner is not begun with (F21); of one that lives hardly longer, half its life. */
const marginMs = 5 * 60_000
/** So long a refusal stands; later it may be otherwise. What runs for days refuses nothing for ever. */
const standsMs = 60_000

/** Access tokens in memory. How long one lives is counted from when it came, so a clock that is wrong changes nothing. */
export class AccessTokens {
  readonly #issue: (source: TokenSource, signal: AbortSignal) => Promise<IssuedToken>
  readonly #clock: TokenClock
  readonly #held = new RememberedAnswers<HeldToken>()
  /** Access that is over: nobody is asked again at once (F22). */
  readonly #over = new Map<string, Ended>()

  constructor(issue: (source: TokenSource, signal: AbortSignal) => Promise<IssuedToken>, clock: TokenClock) {
    this.#issue = issue
    this.#clock = clock
  }

  async current(source: TokenSource, signal: AbortSignal): Promise<string> {
    const key = JSON.stringify(source)
    const held = await this.#get(source, signal, false)
    if (held.hasTime()) return held.token
    await this.#held.forget(key, held)
    return (await this.#get(source, signal, false)).token
  }

  /** One that is not `refused`; undefined: there is no better one. */
  async renewed(source: TokenSource, refused: string, signal: AbortSignal): Promise<string | undefined> {
    const held = await this.#get(source, signal, true)
    if (held.token !== refused) return held.token
    if (held.isFresh()) return undefined
    await this.#held.forget(JSON.stringify(source), held)
    const fresh = await this.#get(source, signal, true)
    return fresh.token === refused ? undefined : fresh.token
  }

  async #get(source: TokenSource, signal: AbortSignal, isRenewal: boolean): Promise<HeldToken> {
    const key = JSON.stringify(source)
    const over = this.#over.get(key)
    if (over?.isRecent() === true) throw over.error
    try {
      return await this.#held.get(
        key,
        async (giveUp) => this.#hold(await this.#issue(source, giveUp), isRenewal),
        signal,
      )
    } catch (error) {
      if (error instanceof AppError && error.code === 'LOGIN_REJECTED') {
        const goneMs = this.#timer()
        this.#over.set(key, { error, isRecent: () => goneMs() < standsMs })
      }
      throw error
    }
  }

  #hold({ token, lifeMs }: IssuedToken, isRenewal: boolean): HeldToken {
    const goneMs = this.#timer()
    const usableMs = lifeMs === undefined ? Infinity : lifeMs - Math.min(marginMs, lifeMs / 2)
    return { token, isFresh: () => isRenewal && goneMs() < standsMs, hasTime: () => goneMs() <= usableMs }
  }

  /** Milliseconds from now on. The clock that has gone further counts: one stands still while the machine sleeps (F04), the other
   *  may be set back. */
  #timer(): () => number {
    const monotonic = this.#clock.monotonicMs()
    const now = this.#clock.nowMs()
    return () => Math.max(this.#clock.monotonicMs() - monotonic, this.#clock.nowMs() - now)
  }
}
