import { AppError } from '../model/errors.ts'
import { internalDateAt } from '../model/message.ts'
import type { ImportFile, MailText } from './import-ports.ts'
import type { Found } from './import-source.ts'
import { readLocalFields, wireForms } from './local-fields.ts'
import { MboxSplitter } from './mbox-splitter.ts'
import type { MboxEntry } from './mbox-splitter.ts'
import { isPlain, unquoted } from './unquote-mbox.ts'
import type { MboxDialect } from './unquote-mbox.ts'

export interface MboxChoice {
  readonly mailbox: string
  /** undefined: what the mbox itself looks like. */
  readonly dialect: MboxDialect | undefined
  readonly mail: MailText
  readonly onRead: (octets: number) => void
}

/** The messages of an mbox that no manifest describes. */
export async function* readMbox(file: ImportFile, choice: MboxChoice): AsyncGenerator<Found> {
  let { dialect } = choice
  for await (const entry of entriesOf(file, choice.onRead)) {
    if (entry instanceof AppError) {
      yield { where: file.path, reason: entry.message }
      return
    }
    if (isServersOwn(entry)) continue
    dialect ??= entry.isMeasured ? await measuredDialect(file) : 'mboxrd'
    yield toMessage(file, entry, { ...choice, dialect })
  }
}

async function* entriesOf(file: ImportFile, onRead: (octets: number) => void): AsyncGenerator<MboxEntry | AppError> {
  const splitter = new MboxSplitter()
  try {
    for await (const chunk of file.chunks(onRead)) yield* splitter.push(chunk)
    yield* splitter.end()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    yield error
  }
}

/** Whether such an mbox quotes can only be told from all of it. */
async function measuredDialect(file: ImportFile): Promise<MboxDialect> {
  for await (const entry of entriesOf(file, () => undefined)) {
    if (!(entry instanceof AppError) && isPlain(entry)) return 'mboxcl2'
  }
  return 'mboxcl'
}

/** What c-client and Dovecot put first to keep their own counters. */
function isServersOwn({ separator, offset, octets }: MboxEntry): boolean {
  const isFirst = offset === 0 && separator.startsWith('From MAILER-DAEMON ')
  return isFirst && octets.toString('latin1', 0, 2000).includes('FOLDER INTERNAL DATA')
}

function toMessage(
  file: ImportFile,
  entry: MboxEntry,
  { mailbox, dialect, mail }: MboxChoice & { readonly dialect: MboxDialect },
): Found {
  const octets = unquoted(entry, dialect)
  const fields = readLocalFields(octets, mail)
  // Where nobody knows, writers put the beginning of time there.
  const told = separatorSeconds(entry.separator, mail)
  const seconds = told === 0 ? fields.seconds : (told ?? fields.seconds)
  const { flags = [], labels } = fields
  const internalDate = seconds === undefined ? undefined : internalDateAt(seconds)
  return {
    octets,
    where: `${file.path}, octet ${entry.offset}`,
    places: [{ account: undefined, mailbox, flags, labels, internalDate, isRemoved: false }],
    within: file.path,
    otherForms: () => wireForms(octets, fields),
  }
}

/** UTC unless it says otherwise (RFC 4155). */
function separatorSeconds(separator: string, mail: MailText): number | undefined {
  const [, date = ''] = /^From .*?((?:mon|tue|wed|thu|fri|sat|sun)\b.*)$/i.exec(separator) ?? []
  // `Thu Jan 01 00:00:00 +0000 1970`: as Google writes it.
  const [, start, zone, year] = /^(.* \d\d:\d\d(?::\d\d)?) ([+-]\d{4}) (\d{4})$/.exec(date.trim()) ?? []
  return mail.date(zone === undefined ? date : `${start ?? ''} ${year ?? ''} ${zone}`)
}
