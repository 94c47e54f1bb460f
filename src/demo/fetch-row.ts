/** A data item of a FETCH response: text as it stands, or octets as a literal. */
export type FetchItem =
  | { readonly name: string; readonly text: string }
  | {
      readonly name: string
      /** undefined is NIL. */
      readonly octets: Buffer | undefined
      /** The length that is told, where a fault makes it another one. */
      readonly announced?: number
    }

/** One FETCH response (RFC 9051 §7.5.2). */
export interface FetchRow {
  readonly seqNum: number
  readonly uid: number
  readonly items: readonly FetchItem[]
}

/** Text (one character per octet) and octets by turns; octets are not copied. */
export function encodeRow({ seqNum, items }: FetchRow): readonly (string | Buffer)[] {
  const chunks: (string | Buffer)[] = []
  let text = `* ${seqNum} FETCH (`
  for (const [index, item] of items.entries()) {
    text += `${index === 0 ? '' : ' '}${item.name} `
    if ('text' in item) text += item.text
    else if (item.octets === undefined) text += 'NIL'
    else {
      chunks.push(`${text}{${item.announced ?? item.octets.length}}\r\n`, item.octets)
      text = ''
    }
  }
  chunks.push(`${text})\r\n`)
  return chunks
}
