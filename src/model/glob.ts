/** Matches a decoded mailbox path: `*` crosses delimiters, all else is literal; INBOX is INBOX in any case
 *  (RFC 9051 §5.1). Linear in practice: only the last `*` is ever tried again. */
export function globMatches(glob: string, path: string): boolean {
  if (glob.toUpperCase() === 'INBOX' && path.toUpperCase() === 'INBOX') return true
  let inGlob = 0
  let inPath = 0
  let star = -1
  let resumeAt = 0
  while (inPath < path.length) {
    if (glob[inGlob] === '*') {
      star = inGlob++
      resumeAt = inPath
    } else if (inGlob < glob.length && glob[inGlob] === path[inPath]) {
      inGlob++
      inPath++
    } else if (star >= 0) {
      inGlob = star + 1
      inPath = ++resumeAt
    } else return false
  }
  while (glob[inGlob] === '*') inGlob++
  return inGlob === glob.length
}
