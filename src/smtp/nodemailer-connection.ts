import { Readable } from 'node:stream'
import { domainToASCII } from 'node:url'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { AppError } from '../model/errors.ts'
import type { RecipientReply, Submission, SubmitConnection, SubmitOutcome } from '../send/ports.ts'
import type { Ehlo } from './ehlo.ts'
import { isAboutPace, isPassing, replyWords, troubleOf } from './smtp-trouble.ts'
import type { SmtpTrouble } from './smtp-trouble.ts'

/** All in milliseconds. */
export interface SubmitLimits {
  /** How long a server may say nothing. */
  readonly replyMs: number
  /** The same after the end of a message. */
  readonly finalReplyMs: number
  /** How long an answer to a message that may be taken is waited for after an interruption. */
  readonly abortedMs: number
}

/** Octets that are handed to the connection at once. */
const chunkOctets = 262_144

/** Where a submission is: what a lost connection means depends on it. */
interface Progress {
  /** The end of the message may have left. */
  isEnded: boolean
  /** It must not be sent after all. */
  isBrokenOff: boolean
  /** What `beforeEnd` has thrown. */
  failure: Error | undefined
}

type Sent = { readonly reply: string; readonly rejected: readonly unknown[] }

export class NodemailerConnection implements SubmitConnection {
  readonly maxOctets: number | undefined
  readonly takesUtf8: boolean
  readonly takesEightBits: boolean
  readonly #client: SMTPConnection
  readonly #limits: SubmitLimits
  #isLost = false
  /** Ends the submission that is under way: nodemailer says nothing of one whose connection is closed by ourselves. */
  #abandon: (() => void) | undefined

  constructor(client: SMTPConnection, { maxOctets, takesUtf8, takesEightBits }: Ehlo, limits: SubmitLimits) {
    this.#client = client
    this.#limits = limits
    this.maxOctets = maxOctets
    this.takesUtf8 = takesUtf8
    this.takesEightBits = takesEightBits
    client.on('error', () => (this.#isLost = true))
    client.on('end', () => (this.#isLost = true))
  }

  get usable(): boolean {
    return !this.#isLost && !this.#client.destroyed
  }

  async submit(submission: Submission, signal: AbortSignal): Promise<SubmitOutcome> {
    if (signal.aborted) throw interrupted()
    const progress: Progress = { isEnded: false, isBrokenOff: false, failure: undefined }
    const stop = this.#onAbort(signal, progress)
    const wired = new Map(submission.envelope.to.map((address) => [wireAddress(address), address]))
    try {
      const sent = await this.#send(submission, [...wired.keys()], progress)
      this.#tellTimeout(this.#limits.replyMs)
      return accepted(sent, submission.envelope.to, wired)
    } catch (error) {
      return await this.#unsent(error, { progress, wired, signal })
    } finally {
      stop()
    }
  }

  close(): Promise<void> {
    if (!this.usable) return Promise.resolve()
    const ended = new Promise<void>((resolve) => {
      this.#client.once('end', resolve)
      this.#client.once('error', () => resolve())
    })
    this.#tellTimeout(this.#limits.abortedMs)
    this.#client.quit()
    return ended
  }

  #send({ envelope, octets, beforeEnd }: Submission, to: readonly string[], progress: Progress): Promise<Sent> {
    const body = Readable.from(this.#body(octets, beforeEnd, progress), { objectMode: false })
    const options = {
      from: envelope.from === '' ? (false as const) : wireAddress(envelope.from),
      to: [...to],
      size: octets.length,
      use8BitMime: hasEightBits(octets),
    }
    return new Promise((resolve, reject) => {
      this.#abandon = () => reject(new Error('the connection was broken off'))
      this.#client.send(options, body, (error, info) => {
        if (error !== null) reject(error)
        else resolve({ reply: replyWords(info.response), rejected: info.rejectedErrors ?? [] })
      })
    })
  }

  async *#body(octets: Uint8Array, beforeEnd: () => Promise<boolean>, progress: Progress): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < octets.length; start += chunkOctets) yield octets.subarray(start, start + chunkOctets)
    try {
      await this.#flushed()
      progress.isBrokenOff = !(await beforeEnd())
    } catch (error) {
      progress.failure = error instanceof Error ? error : new Error(String(error))
      progress.isBrokenOff = true
    }
    // The stream must not end here: its end is the message's.
    if (progress.isBrokenOff || !this.usable) {
      this.#drop()
      throw new Error('broken off')
    }
    progress.isEnded = true
    this.#tellTimeout(this.#limits.finalReplyMs)
  }

  /** All that was handed over has gone to the system; or the connection is lost. */
  #flushed(): Promise<void> {
    const socket = this.#client._socket
    if (socket === false || socket === null || socket.destroyed) return Promise.resolve()
    return new Promise((resolve) => {
      socket.once('close', resolve)
      socket.write('', () => resolve())
    })
  }

  /** Without a goodbye, so that nobody can take what was sent for the whole. */
  #drop(): void {
    this.#isLost = true
    const socket = this.#client._socket
    if (socket !== false && socket !== null) socket.destroy()
    this.#client.close()
    this.#abandon?.()
  }

  #tellTimeout(ms: number): void {
    const socket = this.#client._socket
    if (socket !== false && socket !== null) socket.setTimeout(ms)
  }

  async #unsent(error: unknown, { progress, wired, signal }: Attempt): Promise<SubmitOutcome> {
    const trouble = troubleOf(error)
    if (progress.isBrokenOff || !this.usable) this.#drop()
    if (progress.failure !== undefined) throw progress.failure
    if (trouble.status === undefined || progress.isBrokenOff) {
      this.#drop()
      if (signal.aborted && !progress.isEnded) throw interrupted()
      return { kind: 'lost', mayBeTaken: progress.isEnded, reason: trouble.words }
    }
    // An answer to the message before its end leaves the server waiting for the rest.
    const isEarly = trouble.code === 'EMESSAGE' && !progress.isEnded
    if (isEarly || trouble.status === 421) this.#drop()
    else await this.#reset()
    return refused(trouble, wired, error)
  }

  /** RSET: what the server has of the message's envelope is gone. */
  #reset(): Promise<void> {
    return new Promise((resolve) => {
      this.#client.reset((error) => {
        if (error !== null) this.#drop()
        resolve()
      })
      if (!this.usable) resolve()
    })
  }

  /** Until the end of a message has left, an interruption breaks it off; then its answer is waited for a little. */
  #onAbort(signal: AbortSignal, progress: Progress): () => void {
    let limit: NodeJS.Timeout | undefined
    const onAbort = (): void => {
      if (!progress.isEnded) this.#drop()
      // oxlint-disable-next-line eslint/no-restricted-globals -- a limit of the network, as its timeouts are
      else limit = setTimeout(() => this.#drop(), this.#limits.abortedMs)
    }
    signal.addEventListener('abort', onAbort)
    return () => {
      signal.removeEventListener('abort', onAbort)
      clearTimeout(limit)
    }
  }
}

interface Attempt {
  readonly progress: Progress
  /** Addresses of the envelope by their form on the wire. */
  readonly wired: ReadonlyMap<string, string>
  readonly signal: AbortSignal
}

function accepted({ reply, rejected }: Sent, to: readonly string[], wired: Attempt['wired']): SubmitOutcome {
  const not = repliesOf(rejected, wired)
  const failed = new Map(not.map((one) => [one.address, one]))
  const recipients = to.map((address): RecipientReply => failed.get(address) ?? { address, state: 'accepted', reply })
  return { kind: 'accepted', reply, recipients }
}

function refused(trouble: SmtpTrouble, wired: Attempt['wired'], error: unknown): SubmitOutcome {
  const { status, words, command } = trouble
  const rejected = rejectedOf(error)
  const recipients = repliesOf(rejected, wired)
  const isTemporary = recipients.length > 0 ? recipients.some(({ state }) => state === 'deferred') : isPassing(trouble)
  const isPaced = recipients.length > 0 && rejected.every((one) => isAboutPace(troubleOf(one)))
  const concernsAccount =
    status === 421 || isPaced || (isTemporary && recipients.length === 0 && command === 'MAIL FROM')
  return { kind: 'refused', isTemporary, concernsAccount, reply: words, recipients }
}

function rejectedOf(error: unknown): readonly unknown[] {
  const found: unknown =
    typeof error === 'object' && error !== null && 'rejectedErrors' in error ? error.rejectedErrors : []
  return Array.isArray(found) ? found : []
}

function repliesOf(errors: readonly unknown[], wired: Attempt['wired']): readonly RecipientReply[] {
  return errors.flatMap((error) => {
    const recipient = typeof error === 'object' && error !== null && 'recipient' in error ? error.recipient : undefined
    const address = typeof recipient === 'string' ? wired.get(recipient) : undefined
    if (address === undefined) return []
    const { status = 0, words } = troubleOf(error)
    return [{ address, state: status >= 500 ? 'refused' : 'deferred', reply: words } as const]
  })
}

/** As it stands in a command: the domain in ASCII where the rest is. Anything that could end the command is a bug of ours (S26). */
function wireAddress(address: string): string {
  if (/[\p{Cc}\p{Cs} <>]/u.test(address)) throw new Error('an address that would break the command has come this far')
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1)
  if (/[^\0-\u007f]/.test(address.slice(0, at)) || !/[^\0-\u007f]/.test(domain)) return address
  return `${address.slice(0, at)}@${domainToASCII(domain)}`
}

function hasEightBits(octets: Uint8Array): boolean {
  return octets.some((octet) => octet > 127)
}

function interrupted(): AppError {
  return new AppError({ code: 'INTERRUPTED', message: 'interrupted while sending', scope: 'message' })
}
