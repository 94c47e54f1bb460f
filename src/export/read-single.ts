import { AppError } from '../model/errors.ts'
import { internalDateAt } from '../model/message.ts'
import type { ImportFile, MailText } from './import-ports.ts'
import type { Found } from './import-source.ts'
import { readLocalFields, wireForms } from './local-fields.ts'
import { readMaildirName } from './maildir-name.ts'
import type { KeywordLetters } from './maildir-name.ts'

/** What a message may hold of memory. */
const largestMessage = 2 ** 30

export interface SingleChoice {
  readonly mailbox: string
  readonly mail: MailText
  /** Of a Maildir: what its letters mean. */
  readonly keywords: KeywordLetters | undefined
  readonly onRead: (octets: number) => void
}

/** A file that is a message. */
export async function readSingle(file: ImportFile, choice: SingleChoice): Promise<Found> {
  const { mailbox, mail, keywords, onRead } = choice
  const octets = await wholeOf(file, onRead)
  if (octets instanceof AppError) return { where: file.path, reason: octets.message }
  const fields = readLocalFields(octets, mail)
  const fileName = file.name.split('/').at(-1) ?? ''
  // A Maildir's file has the time of delivery (as Dovecot keeps it); any other has that of its last copy.
  const seconds = keywords === undefined ? (fields.seconds ?? file.modifiedSeconds) : file.modifiedSeconds
  const flags =
    keywords === undefined
      ? (fields.flags ?? [])
      : readMaildirName(fileName, (letter) => keywords.keywordOf(letter)).flags
  const internalDate = internalDateAt(Math.trunc(seconds))
  return {
    octets,
    where: file.path,
    places: [{ account: undefined, mailbox, flags, labels: fields.labels, internalDate, isRemoved: false }],
    within: undefined,
    otherForms: () => wireForms(octets, fields),
  }
}

/** The whole of a file; or why it cannot be had. */
export async function wholeOf(file: ImportFile, onRead: (octets: number) => void): Promise<Buffer | AppError> {
  const pieces: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of file.chunks(onRead)) {
      length += chunk.length
      if (length > largestMessage) {
        const message = `it has more than ${largestMessage} octets`
        return new AppError({ code: 'DAMAGED', scope: 'message', message })
      }
      pieces.push(Buffer.from(chunk))
    }
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  return Buffer.concat(pieces)
}
