import { closeSync, openSync, writeSync } from 'node:fs'
import { AppError, messageOf } from '../model/errors.ts'

const bufferedOctets = 2 ** 16

export interface TranscriptFile extends Disposable {
  /** Never throws: a disk that is full ends the file, not the run. */
  write(line: string): void
  /** Why it is not whole; undefined: it is. */
  readonly trouble: string | undefined
}

/** A new file of lines, for its owner alone. Throws STORE_IO where there is one, or none can be made: nothing is ever
 *  overwritten (S10). */
export function openTranscriptFile(path: string): TranscriptFile {
  const file = open(path)
  let pending = ''
  let trouble: string | undefined
  const flush = (): void => {
    const text = pending
    pending = ''
    if (trouble !== undefined || text === '') return
    try {
      writeSync(file, text)
    } catch (error) {
      trouble = messageOf(error)
    }
  }
  return {
    write: (line) => {
      pending += `${line}\n`
      if (pending.length >= bufferedOctets) flush()
    },
    get trouble() {
      return trouble
    },
    [Symbol.dispose]: () => {
      flush()
      closeSync(file)
    },
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'wx', 0o600)
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw new AppError({
      code: 'STORE_IO',
      message: `could not make the transcript ${path}: ${exists ? 'it is there already' : messageOf(error)}`,
      hint: exists ? 'name another file: none is overwritten' : 'check that the directory exists and may be written',
      cause: error,
    })
  }
}
