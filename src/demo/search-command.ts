import { bad, no } from './command-refused.ts'
import { isWord, textOf } from './command-arguments.ts'
import { parseSearch } from './search-key.ts'
import type { CommandTable } from './command-handler.ts'
import type { ParsedCommand } from './command-arguments.ts'
import type { Session } from './session.ts'

/** SEARCH (RFC 3501 §6.4.4, RFC 7162 §3.1.5). */
export const searchCommands: CommandTable = {
  SEARCH: { when: 'selected', keepsSeqNums: true, run: (session, command) => search(session, command, false) },
  'UID SEARCH': { when: 'selected', run: (session, command) => search(session, command, true) },
}

function search(session: Session, { args }: ParsedCommand, byUid: boolean): string {
  const hasCharset = isWord(args[0], 'CHARSET')
  if (hasCharset && !/^(?:utf-8|us-ascii)$/i.test(textOf(args[1]))) throw no('[BADCHARSET (US-ASCII UTF-8)] unknown')
  const keys = hasCharset ? args.slice(2) : args
  if (keys.length === 0) throw bad('there is nothing to search for')
  const { messages } = session.view
  const { matches, usesModseq } = parseSearch(session, keys)
  let found = ''
  let highest = 0n
  for (const [position, message] of messages.entries()) {
    if (message.expunged || !matches(message, position)) continue
    found += ` ${byUid ? message.uid : position + 1}`
    if (message.modseq > highest) highest = message.modseq
  }
  session.send(`* SEARCH${found}${usesModseq && found !== '' ? ` (MODSEQ ${highest})` : ''}`)
  return 'OK searched'
}
