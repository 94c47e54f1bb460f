import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { AppError } from '../model/errors.ts'
import { noCost, parseSchedstat } from '../model/lane.ts'
import type { ThreadTimes, WriterCost } from '../model/lane.ts'
import { groupCommitter } from './group-commit.ts'
import type { GroupMember } from './group-commit.ts'
import { openWriter } from './open-writer.ts'
import type { Writer } from './open-writer.ts'
import { toStoreError } from './sqlite-error.ts'
import type { Work, WriterOptions, WriterNote, WriterReply, WriterRequest } from './writer-protocol.ts'

/** How many requests share a transaction at most; the octets among them are bounded by what may be in flight. */
const maxGroup = 32

// oxlint-disable-next-line eslint/no-restricted-properties -- the writer's clock: what the store calls "now"
const clock = (): number => Date.now()

/** How this thread was scheduled. */
function ownTimes(): ThreadTimes | undefined {
  try {
    return parseSchedstat(readFileSync('/proc/thread-self/schedstat', 'utf8'))
  } catch {
    // Only Linux tells.
    return undefined
  }
}

/** What opening or closing the store takes. */
function costOf(act: () => void): WriterCost {
  const begunMs = performance.now()
  act()
  return { ...noCost, openMicros: (performance.now() - begunMs) * 1000 }
}

function toReply(id: number, error: unknown): WriterReply {
  const isKnown = error instanceof AppError
  return {
    id,
    ok: false,
    code: isKnown ? error.code : undefined,
    message: error instanceof Error ? error.message : String(error),
    hint: isKnown ? error.hint : undefined,
    holder: isKnown ? error.holder : undefined,
    stack: error instanceof Error ? error.stack : undefined,
  }
}

/** Answers requests through the port until `close`. */
function serve(port: MessagePort, path: string, writer: Writer): void {
  const translate = (error: unknown): unknown => toStoreError(error, `write to the store ${path}`)
  const commit = groupCommitter(writer.facts, writer.state, {
    translate,
    onWait: (wait) => port.postMessage({ wait } satisfies WriterNote),
  })

  /** Does what needs no transaction; undefined when that has failed. */
  const toMember = ({ id, name, argument }: WriterRequest): GroupMember | undefined => {
    const fail = (error: unknown): void => port.postMessage(toReply(id, error))
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- WriterOperations ties each name to its argument
      const handler = writer.handlers[name as keyof typeof writer.handlers] as (argument: unknown) => Work<unknown>
      const work = handler(argument)
      const toAnswer: GroupMember['answer'] = (answer, cost) => {
        port.postMessage({ id, ok: true, answer, ...(cost === undefined ? {} : { cost }) } satisfies WriterReply)
      }
      return { work, fail, answer: toAnswer }
    } catch (error) {
      fail(translate(error))
      return undefined
    }
  }

  const close = (id: number): void => {
    try {
      const cost = costOf(() => writer.close())
      const times = ownTimes()
      if (times !== undefined) port.postMessage({ times } satisfies WriterNote)
      port.postMessage({ id, ok: true, answer: undefined, cost } satisfies WriterReply)
    } catch (error) {
      port.postMessage(toReply(id, translate(error)))
    }
    port.close()
  }

  port.on('message', (first: WriterRequest) => {
    const requests = [first, ...waitingRequests(port)]
    const last = requests.at(-1)
    const members = requests.filter(({ name }) => name !== 'close').map(toMember)
    commit(members.filter((member) => member !== undefined))
    if (last?.name === 'close') close(last.id)
  })
}

/** What has arrived by now, in order, up to a `close`. */
function* waitingRequests(port: MessagePort): Generator<WriterRequest> {
  for (let count = 1; count < maxGroup; count++) {
    const waiting = receiveMessageOnPort(port)
    if (waiting === undefined) return
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are in this folder
    const request = waiting.message as WriterRequest
    yield request
    if (request.name === 'close') return
  }
}

/** The writer thread: the only one that changes the facts. One request after another, until it is told to close. */
export function serveWriter(): void {
  const port = parentPort
  if (port === null) throw new Error('the writer is started as a worker thread')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are in this folder
  const options = workerData as WriterOptions
  try {
    const cost = costOf(() => serve(port, options.path, openWriter(options, clock)))
    port.postMessage({ id: 0, ok: true, answer: undefined, cost } satisfies WriterReply)
  } catch (error) {
    port.postMessage(toReply(0, error))
  }
}
