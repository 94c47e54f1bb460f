import { AppError } from '../model/errors.ts'
import { parseInternalDate } from '../model/message.ts'
import type { InternalDate } from '../model/message.ts'

/** A message of an export, as its manifest tells of it. */
export interface ExportedMessage {
  /** Under the folder of the export, with slashes. */
  readonly file: string
  /** Where its octets begin in the file, and where what belongs to it ends. */
  readonly offset: number
  readonly end: number
  readonly octets: number
  readonly sha256: string
  readonly places: readonly ExportedPlace[]
}

export interface ExportedPlace {
  readonly account: string
  readonly mailbox: string
  /** System flags and keywords. */
  readonly flags: readonly string[]
  readonly labels: readonly string[]
  readonly internalDate: InternalDate | undefined
  readonly isRemoved: boolean
  /** uidValidity. */
  readonly epoch: number | undefined
}

/** The manifest of an export, line by line in memory as it stands in the file. */
export class ReadManifest {
  /** `mbox`, `maildir`, `eml` or `jsonl`; undefined: this is no manifest. */
  readonly format: string | undefined
  readonly #lines: ReadonlyMap<string, readonly Buffer[]>

  private constructor(format: string | undefined, lines: ReadonlyMap<string, readonly Buffer[]>) {
    this.format = format
    this.#lines = lines
  }

  static async read(chunks: AsyncIterable<Uint8Array>): Promise<ReadManifest> {
    const files = new Map<string, Buffer[]>()
    let format: string | undefined
    for await (const line of linesOf(chunks)) {
      const value = parseObject(line)
      if (format === undefined) {
        if (value?.['type'] !== 'export' || typeof value['format'] !== 'string') break
        format = value['format']
        continue
      }
      const file = value?.['file']
      if (value?.['type'] !== 'message' || typeof file !== 'string') continue
      const lines = files.get(file) ?? []
      files.set(file, lines)
      lines.push(line)
    }
    return new ReadManifest(format, files)
  }

  get files(): Iterable<string> {
    return this.#lines.keys()
  }

  /** Messages of a file, in their order; undefined: a line that cannot be understood. */
  *messages(file: string): Generator<ExportedMessage | undefined> {
    for (const line of this.#lines.get(file) ?? []) yield toMessage(parseObject(line))
  }
}

/** No line of ours is longer, and no text in memory can be. */
const longestLine = 2 ** 29

function refuseLonger(pieces: readonly Buffer[]): void {
  if (pieces.reduce((sum, { length }) => sum + length, 0) <= longestLine) return
  throw new AppError({ code: 'DAMAGED', scope: 'message', message: `a line has more than ${longestLine} octets` })
}

/** Lines without their ends. A last line that does not end counts. In memory of their own. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = []
  for await (const chunk of chunks) {
    const octets = Buffer.from(chunk)
    let start = 0
    for (let feed = octets.indexOf(10); feed >= 0; feed = octets.indexOf(10, start)) {
      pieces.push(octets.subarray(start, feed))
      yield pieces.length === 1 ? (pieces[0] ?? octets) : Buffer.concat(pieces)
      pieces = []
      start = feed + 1
    }
    if (start < octets.length) pieces.push(octets.subarray(start))
    if (pieces.length > longestLine / 2 ** 16) refuseLonger(pieces)
  }
  if (pieces.length > 0) yield Buffer.concat(pieces)
}

type JsonObject = Readonly<Record<string, unknown>>

/** undefined: this is no JSON object. */
export function parseObject(line: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function toMessage(line: JsonObject | undefined): ExportedMessage | undefined {
  if (line === undefined) return undefined
  const { file, offset, end, octets, sha256, placements } = line
  if (typeof file !== 'string' || typeof sha256 !== 'string' || !/^[\da-f]{64}$/.test(sha256)) return undefined
  if (!isCount(offset) || !isCount(end) || !isCount(octets) || end < offset) return undefined
  const places = toPlaces(placements)
  return places === undefined ? undefined : { file, offset, end, octets, sha256, places }
}

/** undefined: one of them cannot be understood. */
export function toPlaces(value: unknown): readonly ExportedPlace[] | undefined {
  if (!Array.isArray(value)) return undefined
  const places = value.map(toPlace)
  return places.every((place) => place !== undefined) ? places : undefined
}

function toPlace(value: unknown): ExportedPlace | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { account, mailbox, uidValidity, flags, keywords, labels, removedAt, ...rest }: JsonObject = { ...value }
  if (typeof account !== 'string' || typeof mailbox !== 'string' || mailbox === '') return undefined
  if (!isTexts(flags) || !isTexts(keywords) || !isTexts(labels)) return undefined
  const isRemoved = typeof removedAt === 'string'
  const epoch = isCount(uidValidity) ? uidValidity : undefined
  return { account, mailbox, epoch, flags: [...flags, ...keywords], labels, internalDate: toDate(rest), isRemoved }
}

function toDate({ internalDate, internalDateText }: JsonObject): InternalDate | undefined {
  if (typeof internalDateText === 'string') return parseInternalDate(internalDateText)
  if (typeof internalDate !== 'string') return undefined
  const seconds = Math.trunc(Date.parse(internalDate) / 1000)
  return Number.isNaN(seconds) ? undefined : { seconds, offsetMinutes: 0, text: internalDate }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
