// The part of the composition root that connects to servers.
import { resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import type { RecordedSource } from './commands/recorded-source.ts'
import { openTranscriptFile } from './files/transcript-file.ts'
import { createImapSource } from './imap/imap-source.ts'
import { Transcript } from './imap/transcript.ts'
import type { Secrets } from './model/secrets.ts'

export interface SourceOptions {
  readonly version: string
  readonly compress: boolean | 'auto'
  readonly secrets: Secrets
  /** File of the transcript; undefined: there is none. */
  readonly record: string | undefined
}

export function openSource({ record, ...about }: SourceOptions): RecordedSource {
  keepYoungGenerationSmall()
  const recording = record === undefined ? undefined : openRecording(record)
  const source = createImapSource({ ...about, transcript: recording?.transcript })
  return {
    ...source,
    get trouble() {
      return recording?.file.trouble
    },
    [Symbol.dispose]: () => recording?.file[Symbol.dispose](),
  }
}

function openRecording(path: string) {
  const file = openTranscriptFile(resolve(path))
  return {
    file,
    transcript: new Transcript(
      (line) => file.write(line),
      () => performance.now(),
    ),
  }
}

/** Mail goes through buffers of our own; what little garbage there is dies young. Left to itself V8 takes 30 MB more. */
function keepYoungGenerationSmall(): void {
  setFlagsFromString('--max-semi-space-size=2')
}
