import type { MboxEntry } from './mbox-splitter.ts'

/** How the lines of a message stand in an mbox that could be taken for separators: `mboxrd` puts a ">" before any number of ">" and
 *  "From ", `mboxo` before "From " alone; of those with a Content-Length `mboxcl` does as mboxo, and `mboxcl2` does nothing. */
export type MboxDialect = 'mboxrd' | 'mboxo' | 'mboxcl' | 'mboxcl2'

const lineFeed = 10
const greater = 62
const mark = Buffer.from('From ')
const quotedMark = Buffer.from('>From ')

/** The octets of a message as they were before the mbox was written. In memory of its own. */
export function unquoted({ octets, isMeasured }: MboxEntry, dialect: MboxDialect): Buffer {
  if (dialect === 'mboxcl2') return Buffer.from(octets)
  // In such a file a message without a length was written by another program.
  const takesAll = dialect === 'mboxrd' || (dialect === 'mboxcl' && !isMeasured)
  const pieces: Buffer[] = []
  let done = 0
  for (let found = octets.indexOf(quotedMark); found >= 0; found = octets.indexOf(quotedMark, found + 1)) {
    let start = found
    while (start > done && octets[start - 1] === greater) start--
    if ((start > 0 && octets[start - 1] !== lineFeed) || (!takesAll && start < found)) continue
    pieces.push(octets.subarray(done, start))
    done = start + 1
  }
  return Buffer.concat([...pieces, octets.subarray(done)])
}

/** Whether a message whose length was told holds a line that any other kind would have quoted: then nothing in this mbox is quoted. */
export function isPlain({ octets, isMeasured }: MboxEntry): boolean {
  if (!isMeasured) return false
  for (let found = octets.indexOf(mark); found >= 0; found = octets.indexOf(mark, found + 1)) {
    if (found === 0 || octets[found - 1] === lineFeed) return true
  }
  return false
}
