/** The header fields that are compared to tell whether two messages are the same: few octets, and together as good as
 *  unique. The boundary of a multipart stands in Content-Type. */
export const tellingFields = ['message-id', 'date', 'from', 'to', 'subject', 'content-type'] as const

/** More is no header that anybody has written. */
export const maxHeaderOctets = 2 ** 18

const fieldStart = /^([!-9;-~]+)[ \t]*:/
const telling: ReadonlySet<string> = new Set(tellingFields)

/** The telling fields of a header or of the message that it begins, each as it is, by name and then in their order, line
 *  ends aside: equal for two headers only if all of these fields are, octet by octet. undefined where there is no
 *  Message-ID, which would leave too little to tell, and where the header has no end within `maxHeaderOctets`. */
export function headerProof(octets: Uint8Array): string | undefined {
  const beginning = Buffer.from(octets.buffer, octets.byteOffset, Math.min(octets.length, maxHeaderOctets))
  const text = beginning.toString('latin1')
  // A message without a header begins with an empty line.
  const end = /(?:^|\r?\n)\r?\n/.exec(text)
  if (end === null && octets.length > maxHeaderOctets) return undefined
  const fields = linesByName(text.slice(0, end?.index))
  if (!fields.has('message-id')) return undefined
  return tellingFields.map((name) => `${name}${(fields.get(name) ?? []).join('\n')}`).join('\n')
}

/** What follows the name of each telling field, and the lines that it goes on in. */
function linesByName(header: string): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>()
  let current: string[] | undefined
  for (const line of header.split(/\r?\n/)) {
    if (!/^[ \t]/.test(line)) {
      const name = fieldStart.exec(line)?.[1]?.toLowerCase() ?? ''
      current = telling.has(name) ? (fields.get(name) ?? []) : undefined
      if (current !== undefined) fields.set(name, current)
      current?.push(line.slice(line.indexOf(':')))
    } else current?.push(line)
  }
  return fields
}
