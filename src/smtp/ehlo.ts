/** What a server says of itself (RFC 5321 §4.1.1.1). */
export interface Ehlo {
  /** SIZE (RFC 1870), octets; undefined: it names none. */
  readonly maxOctets: number | undefined
  readonly takesUtf8: boolean
  readonly takesEightBits: boolean
  /** Mechanisms to log in by, in capitals. */
  readonly logins: readonly string[]
}

export function ehloOf(reply: string | false): Ehlo {
  const lines = (reply === false ? '' : reply).split(/\r?\n/).map((line) => line.slice(4).trim().toUpperCase())
  const size = Number(
    lines.map((line) => /^SIZE\s+(\d{1,15})$/.exec(line)?.[1]).find((found) => found !== undefined) ?? 0,
  )
  return {
    maxOctets: size > 0 ? size : undefined,
    takesUtf8: lines.includes('SMTPUTF8'),
    takesEightBits: lines.includes('8BITMIME'),
    logins: lines.flatMap((line) => (/^AUTH[ =]/.test(line) ? line.slice(5).split(/\s+/) : [])),
  }
}
