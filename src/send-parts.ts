// The part of the composition root that only sending needs.
import { randomUUID } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { isatty } from 'node:tty'
import type { SendParts } from './commands/send-parts.ts'
import { AppError, messageOf } from './model/errors.ts'
import type { Secrets } from './model/secrets.ts'

interface SendOptions {
  readonly version: string
  readonly secrets: Secrets
}

const stdin = 0

export function sendParts({ version, secrets }: SendOptions): SendParts {
  return {
    openOutbox: async ({ storeOnNetwork: allowNetwork }, path) =>
      (await import('./store/sqlite-outbox.ts')).openOutbox({
        path,
        allowNetwork,
        version,
        // oxlint-disable-next-line eslint/no-restricted-properties -- the clock of the process
        clock: () => Date.now(),
      }),
    readOutbox: async ({ storeOnNetwork: allowNetwork }, path) =>
      (await import('./store/sqlite-outbox.ts')).openOutboxReader({ path, allowNetwork }),
    submitServer: async () => (await import('./smtp/submit-server.ts')).createSubmitServer({ secrets }),
    sentMailboxes: async ({ compress }) => {
      const [{ createSentMailboxes }, { createLaneRecorder }] = await Promise.all([
        import('./imap/sent-mailbox.ts'),
        import('./profile/recorder.ts'),
      ])
      const recorder = createLaneRecorder(() => Math.round(performance.now() * 1000))
      return createSentMailboxes({ secrets, version, compress }, ({ name }) => recorder.openLane(name))
    },
    composer: async () => (await import('./smtp/composer.ts')).createComposer(),
    isInputTerminal: isatty(stdin),
    readInput,
    readFile: readSmallFile,
    uniqueId: randomUUID,
  }
}

async function readInput(maxOctets: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let octets = 0
  for await (const chunk of process.stdin) {
    const part: unknown = chunk
    if (!(part instanceof Buffer)) throw new Error('stdin gives something else than octets')
    octets += part.length
    if (octets > maxOctets) throw tooLarge('what stands on stdin', maxOctets)
    chunks.push(part)
  }
  return Buffer.concat(chunks)
}

async function readSmallFile(path: string, maxOctets: number): Promise<Uint8Array> {
  const { size } = await orUsage(path, () => stat(path))
  if (size > maxOctets) throw tooLarge(path, maxOctets)
  return orUsage(path, () => readFile(path))
}

async function orUsage<Value>(path: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    const message = `could not read ${JSON.stringify(path)}: ${messageOf(error)}`
    throw new AppError({
      code: 'USAGE',
      message,
      hint: 'check the path; nothing was sent',
      scope: 'message',
      cause: error,
    })
  }
}

function tooLarge(what: string, maxOctets: number): AppError {
  return new AppError({
    code: 'USAGE',
    message: `${what} is larger than ${maxOctets} octets`,
    hint: 'no mail server takes a message of that size',
    scope: 'message',
  })
}
