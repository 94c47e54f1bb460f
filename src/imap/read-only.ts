import type { Command } from './command.ts'

/** All that a mirror ever says to a server once it is logged in (rule 10). */
const readingCommands: ReadonlySet<string> = new Set([
  'ENABLE',
  'EXAMINE',
  'IDLE',
  'LIST',
  'NOTIFY',
  'STATUS',
  'UID FETCH',
  'UID SEARCH',
])
/** What a restore says besides. None of these changes what is on the server: a mailbox that is examined loses nothing by CLOSE. */
const addingCommands: ReadonlySet<string> = new Set(['APPEND', 'CREATE', 'SUBSCRIBE', 'NAMESPACE', 'UNSELECT', 'CLOSE'])
/** Without PEEK a FETCH sets \Seen; servers fail on the others, and lose messages (F74, F78). */
const harmful = /BODY\[|ENVELOPE|BODYSTRUCTURE|RFC822(?!\.SIZE)/i

/** For connections of a restore, which only adds (F99): throws for every command that changes or removes what is there. */
export function assertOnlyAdds(command: Command): void {
  if (!addingCommands.has(command.name)) assertReadOnly(command)
}

/** Throws for any other command: it would be a bug of ours, and must not leave this machine. */
export function assertReadOnly({ name, parts }: Command): void {
  const isHarmful = name === 'UID FETCH' && parts.some((part) => typeof part !== 'string' || harmful.test(part))
  if (!readingCommands.has(name) || isHarmful) throw new Error(`${name} is no command that only reads`)
}
