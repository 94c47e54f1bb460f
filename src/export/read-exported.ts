import { AppError } from '../model/errors.ts'
import type { ImportFile, MailText } from './import-ports.ts'
import { noOtherForms, placedBelow } from './import-source.ts'
import type { Found, SourcePlace } from './import-source.ts'
import { readMaildirName } from './maildir-name.ts'
import { OctetWindow } from './octet-window.ts'
import { linesOf, parseObject, toPlaces } from './read-manifest.ts'
import type { ExportedMessage, ExportedPlace } from './read-manifest.ts'
import { wholeOf } from './read-single.ts'
import { unquoted } from './unquote-mbox.ts'

export interface ExportedChoice {
  /** All go below this mailbox; undefined: where they were. */
  readonly base: string | undefined
  readonly mail: MailText
  readonly onRead: (octets: number) => void
}

/** An mbox or a JSON Lines file of an export, and what its manifest says of each message. */
export type DescribedFile = ExportedChoice & { readonly messages: Iterable<ExportedMessage | undefined> }

const damagedLine = 'a line of its manifest cannot be understood'

/** Messages by the offsets of the manifest, so that nothing has to be guessed. */
export async function* readExportedMbox(file: ImportFile, choice: DescribedFile): AsyncGenerator<Found> {
  const { messages, onRead, mail } = choice
  const octets = new OctetsInOrder(file.chunks(onRead))
  try {
    for (const message of messages) {
      if (message === undefined) {
        yield { where: file.path, reason: damagedLine }
        continue
      }
      const quoted = await octets.range(message.offset, message.end)
      const plain = unquoted({ octets: quoted, isMeasured: false, offset: 0, separator: '' }, 'mboxrd')
      yield described({
        file,
        message,
        octets: plain.subarray(0, message.octets),
        mail,
        base: choice.base,
        within: file.path,
      })
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    yield { where: file.path, reason: error.message }
  }
}

/** A file of one message. */
export async function readExportedSingle(
  file: ImportFile,
  message: ExportedMessage,
  { base, mail, onRead }: ExportedChoice,
): Promise<Found> {
  const octets = await wholeOf(file, onRead)
  if (octets instanceof AppError) return { where: file.path, reason: octets.message }
  return described({ file, message, octets, mail, base, within: undefined })
}

/** JSON Lines of `export --raw-base64`: each line says all of its message. */
export async function* readExportedJson(file: ImportFile, choice: ExportedChoice): AsyncGenerator<Found> {
  const { base, mail, onRead } = choice
  let number = 0
  try {
    for await (const line of linesOf(file.chunks(onRead))) {
      number++
      const where = `${file.path}, line ${number}`
      const { raw, sha256, placements } = parseObject(line) ?? {}
      const places = toPlaces(placements)
      if (typeof raw !== 'string' || typeof sha256 !== 'string' || places === undefined) {
        yield { where, reason: 'it is no message of an export with --raw-base64' }
        continue
      }
      const octets = Buffer.from(raw, 'base64')
      if (mail.hash(octets) === sha256)
        yield { octets, where, places: below(base, places), within: file.path, otherForms: noOtherForms }
      else yield { where, reason: differs }
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    yield { where: file.path, reason: error.message }
  }
}

const differs = 'its octets are not those that were exported: their SHA-256 differs'

interface Described {
  readonly file: ImportFile
  readonly message: ExportedMessage
  readonly octets: Buffer
  readonly mail: MailText
  readonly base: string | undefined
  readonly within: string | undefined
}

function described({ file, message, octets, mail, base, within }: Described): Found {
  const { sha256, offset } = message
  const where = within === undefined ? file.path : `${file.path}, octet ${offset}`
  if (octets.length !== message.octets || mail.hash(octets) !== sha256) return { where, reason: differs }
  const places = below(base, withNewFlags(file, message))
  return { octets, where, places, within, otherForms: noOtherForms }
}

const isSystem = (flag: string): boolean => flag.startsWith('\\')

/** A mail program that has used a Maildir since has written other flags into its names. */
function withNewFlags(file: ImportFile, { file: told, places }: ExportedMessage): readonly ExportedPlace[] {
  if (file.name === told || !told.includes('/cur/')) return places
  const { flags } = readMaildirName(file.name, () => undefined)
  return places.map((place) => ({ ...place, flags: [...flags, ...place.flags.filter((flag) => !isSystem(flag))] }))
}

function below(base: string | undefined, places: readonly ExportedPlace[]): readonly SourcePlace[] {
  return places.map((place) => ({ ...place, mailbox: placedBelow(base, [place.mailbox]) }))
}

/** Ranges of a stream, each behind the one before. */
class OctetsInOrder {
  readonly #window = new OctetWindow()
  readonly #chunks: AsyncIterator<Uint8Array>

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** In memory that is used again. Fewer octets where the stream ends before. Throws what the stream throws. */
  async range(start: number, end: number): Promise<Buffer> {
    const window = this.#window
    for (;;) {
      window.drop(Math.min(window.length, Math.max(0, start - window.offset)))
      if (window.offset + window.length >= end) break
      const next = await this.#chunks.next()
      if (next.done === true) break
      window.append(next.value)
    }
    return window.octets.subarray(Math.max(0, start - window.offset), Math.max(0, end - window.offset))
  }
}
