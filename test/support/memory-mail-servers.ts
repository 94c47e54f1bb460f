import { AppError } from '../../src/model/errors.ts'
import type { SentMailboxes, Submission, SubmitConnection, SubmitOutcome, SubmitServer } from '../../src/send/ports.ts'

/** How one submission goes; `ends`: the connection is of no use afterwards. */
export interface Turn {
  readonly outcome: SubmitOutcome | ((submission: Submission) => SubmitOutcome)
  /** False: the end of the message is never reached. */
  readonly reachesEnd?: boolean
  readonly ends?: boolean
}

/** A submission server in memory: takes everything unless `turns` say otherwise, one after the other; an error in it refuses to connect. */
export class MemorySubmitServer implements SubmitServer {
  readonly delivered: { readonly to: readonly string[]; readonly text: string }[] = []
  readonly turns: (Turn | AppError)[]
  connections = 0

  constructor(...turns: readonly (Turn | AppError)[]) {
    this.turns = [...turns]
  }

  async connect(): Promise<SubmitConnection> {
    const [turn] = this.turns
    if (turn instanceof AppError) {
      this.turns.shift()
      throw turn
    }
    this.connections++
    const connection = {
      maxOctets: 10_000,
      takesUtf8: false,
      takesEightBits: true,
      usable: true,
      submit: async (submission: Submission): Promise<SubmitOutcome> => {
        const next = this.turns.shift() ?? taking
        if (next instanceof AppError) throw new Error('a refusal to connect stands where a submission is expected')
        if (next.ends === true) connection.usable = false
        if (next.reachesEnd !== false && !(await submission.beforeEnd())) {
          connection.usable = false
          return { kind: 'lost', mayBeTaken: false, reason: 'broken off' }
        }
        const outcome = typeof next.outcome === 'function' ? next.outcome(submission) : next.outcome
        if (outcome.kind === 'accepted')
          this.delivered.push({ to: takersOf(outcome), text: Buffer.from(submission.octets).toString() })
        return outcome
      },
      close: async () => undefined,
    }
    return connection
  }
}

const takersOf = ({ recipients }: Extract<SubmitOutcome, { kind: 'accepted' }>): readonly string[] =>
  recipients.filter(({ state }) => state === 'accepted').map(({ address }) => address)

export const taking: Turn = {
  outcome: ({ envelope }) => {
    return {
      kind: 'accepted',
      reply: '250 taken',
      recipients: envelope.to.map((address) => ({ address, state: 'accepted', reply: '250 ok' })),
    }
  },
}

export const lost = (mayBeTaken: boolean): Turn => {
  return { outcome: { kind: 'lost', mayBeTaken, reason: 'cut' }, reachesEnd: mayBeTaken, ends: true }
}

/** \Sent mailboxes in memory; an error in `trouble` is thrown by the next call. */
export class MemorySentMailboxes implements SentMailboxes {
  readonly copies: string[] = []
  trouble: AppError | undefined

  async open() {
    if (this.trouble?.code !== 'COMMAND_REJECTED') this.#fail()
    return {
      path: 'Sent',
      holds: async (messageId: string) => {
        this.#fail()
        return this.copies.some((copy) => copy.includes(messageId))
      },
      append: async (octets: Uint8Array) => {
        this.#fail()
        this.copies.push(Buffer.from(octets).toString())
      },
      close: async () => undefined,
    }
  }

  #fail(): void {
    const { trouble } = this
    this.trouble = undefined
    if (trouble !== undefined) throw trouble
  }
}
