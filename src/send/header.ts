/** One field of a header, as it stands there. */
export interface HeaderField {
  /** In lower case. */
  readonly name: string
  /** Octets from its first to behind its last line end. */
  readonly start: number
  readonly end: number
  /** Unfolded; octets beyond ASCII are read as UTF-8. */
  readonly value: string
}

export interface MessageHeader {
  readonly fields: readonly HeaderField[]
  /** Where the empty line begins that ends it, or the body where there is none. */
  readonly end: number
}

const lineFeed = 10
const fieldStart = /^([!-9;-~]+)[ \t]*:/

/** The header of a message whose lines end with CRLF (RFC 5322 §2.2). What is no field ends it, as sendmail sees it. */
export function readHeader(octets: Buffer): MessageHeader {
  const fields: HeaderField[] = []
  let position = 0
  while (position < octets.length) {
    const end = endOfField(octets, position)
    const text = octets.toString('utf8', position, end)
    const name = fieldStart.exec(text)?.[1]
    if (name === undefined) break
    const value = text.slice(text.indexOf(':') + 1).replaceAll(/\r?\n/g, '')
    fields.push({ name: name.toLowerCase(), start: position, end, value: value.trim() })
    position = end
  }
  return { fields, end: position }
}

/** Behind its last line: those that begin with a blank go on with it (folding). */
function endOfField(octets: Buffer, start: number): number {
  let end = start
  do {
    const found = octets.indexOf(lineFeed, end)
    end = found < 0 ? octets.length : found + 1
  } while (octets[end] === 0x20 || octets[end] === 0x09)
  return end
}

/** The values of all fields of these names, in their order. */
export function fieldValues({ fields }: MessageHeader, ...names: readonly string[]): readonly string[] {
  return fields.filter(({ name }) => names.includes(name)).map(({ value }) => value)
}

/** The message without the fields of these names; the same octets where it has none. */
export function withoutFields(octets: Buffer, names: ReadonlySet<string>): Buffer {
  const gone = readHeader(octets).fields.filter(({ name }) => names.has(name))
  if (gone.length === 0) return octets
  const kept: Buffer[] = []
  let position = 0
  for (const { start, end } of gone) {
    kept.push(octets.subarray(position, start))
    position = end
  }
  return Buffer.concat([...kept, octets.subarray(position)])
}

/** Fields that say who else got it: kept in the sender's own copy, and in no other. */
const hiddenFields: ReadonlySet<string> = new Set(['bcc', 'resent-bcc'])

/** A message as it goes over the wire. */
export function wireForm(octets: Uint8Array): Buffer {
  return withoutFields(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength), hiddenFields)
}
