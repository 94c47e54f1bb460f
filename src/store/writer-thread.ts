// The writer: the only thread that changes the facts. One request after another, each one transaction.
import { parentPort, workerData } from 'node:worker_threads'
import { AppError } from '../model/errors.ts'
import { indexPathOf, openFacts, openIndex } from './open-database.ts'
import { epochContents } from './read-epoch.ts'
import { RunLock } from './run-lock.ts'
import { toStoreError } from './sqlite-error.ts'
import { batchWriter } from './write-batch.ts'
import { changeWriter } from './write-changes.ts'
import { epochWriter } from './write-epochs.ts'
import { flagWriter } from './write-flags.ts'
import { mailboxWriter } from './write-mailboxes.ts'
import { removalWriter } from './write-removals.ts'
import { runWriter } from './write-runs.ts'
import type { WriterHandlers, WriterOptions, WriterReply, WriterRequest } from './writer-protocol.ts'

// oxlint-disable-next-line eslint/no-restricted-properties -- the writer's clock: what the store calls "now"
const now = (): number => Date.now()

function openWriter(options: WriterOptions): WriterHandlers {
  const rules = { allowNetwork: options.allowNetwork }
  const lock = RunLock.acquire(options.path, rules, new Date(now()).toISOString())
  const facts = openFacts(options.path, rules)
  // Later the indexer's; made here so that a store is whole from its first run.
  openIndex(indexPathOf(options.path), rules).close()

  const state = { run: undefined as number | undefined, now, compress: options.compress, version: options.version }
  const writeChange = changeWriter(facts, state)
  const runs = runWriter(facts, state)
  const mailboxes = mailboxWriter(facts, state, writeChange)
  const epochs = epochWriter(facts, state, writeChange)
  const removals = removalWriter(facts, state, writeChange)
  const applyFlags = flagWriter(facts, writeChange)
  const contents = epochContents(facts)
  return {
    beginRun: (accounts) => runs.begin(accounts),
    finishRun: ({ outcome, accounts }) => runs.end(outcome, accounts),
    recordServer: ({ account, capabilities, id }) => runs.describeServer(account, capabilities, id),
    recordMailboxes: ({ account, listed }) => mailboxes.record(account, listed),
    markMailboxGone: (mailbox) => removals.removeMailbox(mailbox),
    renameMailbox: ({ from, to }) => mailboxes.rename(from, to),
    openEpoch: ({ mailbox, uidValidity }) => epochs.open(mailbox, uidValidity),
    presentUids: (epoch) => contents.presentUids(epoch),
    failures: (epoch) => contents.failures(epoch),
    fingerprints: (epoch) => contents.fingerprints(epoch),
    applyBatch: batchWriter(facts, state, writeChange),
    applyFlags: ({ epoch, rows }) => applyFlags(epoch, rows),
    markRemoved: ({ epoch, bounds }) => removals.removeUids(epoch, bounds),
    completePass: ({ epoch, cursor }) => epochs.complete(epoch, cursor),
    close: () => {
      facts.close()
      lock.release()
      return undefined
    },
  }
}

function toReply(id: number, error: unknown): WriterReply {
  const isKnown = error instanceof AppError
  return {
    id,
    ok: false,
    code: isKnown ? error.code : undefined,
    message: error instanceof Error ? error.message : String(error),
    hint: isKnown ? error.hint : undefined,
    stack: error instanceof Error ? error.stack : undefined,
  }
}

const port = parentPort
if (port === null) throw new Error('writer-thread is started as a worker thread')
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are in this folder
const options = workerData as WriterOptions

const answerTo = (id: number, act: () => unknown): void => {
  let reply: WriterReply
  try {
    reply = { id, ok: true, answer: act() }
  } catch (error) {
    reply = toReply(id, toStoreError(error, `write to the store ${options.path}`))
  }
  port.postMessage(reply)
}

let handlers: WriterHandlers | undefined
answerTo(0, () => {
  handlers = openWriter(options)
})

port.on('message', (request: WriterRequest) => {
  answerTo(request.id, () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- WriterOperations ties each name to its argument
    const handler = handlers?.[request.name] as ((argument: unknown) => unknown) | undefined
    return handler?.(request.argument)
  })
  if (request.name === 'close') port.close()
})
