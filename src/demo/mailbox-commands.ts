import { bad, no } from './command-refused.ts'
import { isWord, itemsOf, numberOf, textOf } from './command-arguments.ts'
import { changedRows, sendVanished } from './fetch-command.ts'
import { parseSequenceSet } from './sequence-set.ts'
import { SelectedView } from './selected-view.ts'
import { wireToPath } from '../model/modified-utf7.ts'
import type { Argument, ParsedCommand } from './command-arguments.ts'
import type { CommandTable } from './command-handler.ts'
import type { SequenceSet } from './sequence-set.ts'
import type { Session } from './session.ts'
import type { StoredMailbox } from './stored-mailbox.ts'

/** Selecting, making and removing mailboxes (RFC 9051 §6.3, RFC 7162 §3.2.5). */
export const mailboxCommands: CommandTable = {
  SELECT: { when: 'authenticated', run: (session, { args }) => select(session, args, false) },
  EXAMINE: { when: 'authenticated', run: (session, { args }) => select(session, args, true) },
  CREATE: { when: 'authenticated', run: create },
  DELETE: {
    when: 'authenticated',
    run: (session, { args }) => {
      const { path, wirePath, attributes } = session.mailbox(textOf(args[0]))
      if (wirePath === 'INBOX' || !attributes.selectable) throw no('[CANNOT] it cannot be deleted')
      session.store.deleteMailbox(path)
      return 'OK deleted'
    },
  },
  RENAME: {
    when: 'authenticated',
    run: (session, { args }) => {
      const { path } = session.mailbox(textOf(args[0]))
      const to = newPath(session, textOf(args[1]))
      if (to.startsWith(path + session.store.delimiter)) throw no('[CANNOT] a mailbox cannot be below itself')
      session.store.rename(path, to)
      return 'OK renamed'
    },
  },
  SUBSCRIBE: { when: 'authenticated', run: (session, { args }) => subscribe(session, args, true) },
  UNSUBSCRIBE: { when: 'authenticated', run: (session, { args }) => subscribe(session, args, false) },
  CHECK: { when: 'selected', run: () => 'OK checked' },
  UNSELECT: { when: 'selected', extension: 'UNSELECT', run: (session) => close(session, false) },
  CLOSE: { when: 'selected', run: (session) => close(session, true) },
  IDLE: { when: 'authenticated', extension: 'IDLE', run: idle },
}

interface Resync {
  readonly uidValidity: bigint
  readonly modseq: bigint
  readonly knownUids: SequenceSet | undefined
}

async function select(session: Session, args: readonly Argument[], isReadOnly: boolean): Promise<string> {
  session.select(undefined)
  const mailbox = session.selectableMailbox(textOf(args[0]))
  const resync = parseSelectParameters(session, args[1])
  const view = new SelectedView(mailbox, isReadOnly)
  session.select(view)
  sendMailboxState(session, mailbox, isReadOnly)
  if (resync !== undefined && resync.uidValidity === BigInt(mailbox.uidValidity)) {
    sendVanished(session, resync.modseq, resync.knownUids)
    await session.sendRows(changedRows(session, resync.modseq, resync.knownUids))
  }
  return isReadOnly ? 'OK [READ-ONLY] examined' : 'OK [READ-WRITE] selected'
}

function parseSelectParameters(session: Session, argument: Argument | undefined): Resync | undefined {
  const parameters = argument === undefined ? [] : itemsOf(argument)
  if (parameters.length > 0) session.noteCondstore()
  const at = parameters.findIndex((parameter) => isWord(parameter, 'QRESYNC'))
  if (at < 0) return undefined
  if (!session.enabled.has('QRESYNC')) throw bad('QRESYNC has not been enabled')
  const [uidValidity, modseq, knownUids] = itemsOf(parameters[at + 1])
  return {
    uidValidity: numberOf(uidValidity),
    modseq: numberOf(modseq),
    knownUids: knownUids?.kind === 'atom' ? parseSequenceSet(knownUids.text) : undefined,
  }
}

const systemFlags = String.raw`\Answered \Flagged \Deleted \Seen \Draft`

function sendMailboxState(session: Session, mailbox: StoredMailbox, isReadOnly: boolean): void {
  const flags = [systemFlags, ...mailbox.keywords].join(' ')
  session.send(`* FLAGS (${flags})`)
  session.send(
    isReadOnly ? '* OK [PERMANENTFLAGS ()] read-only' : String.raw`* OK [PERMANENTFLAGS (${flags} \*)] yours`,
  )
  session.send(`* ${mailbox.messages.length} EXISTS`)
  session.send('* 0 RECENT')
  const unseen = mailbox.messages.findIndex((message) => !message.flags.includes(String.raw`\Seen`))
  if (unseen >= 0) session.send(`* OK [UNSEEN ${unseen + 1}] the first unseen`)
  session.send(`* OK [UIDVALIDITY ${mailbox.uidValidity}] of this epoch`)
  session.send(`* OK [UIDNEXT ${mailbox.uidNext}] predicted`)
  if (session.has('CONDSTORE')) session.send(`* OK [HIGHESTMODSEQ ${mailbox.highestModseq}] highest`)
  if (session.has('OBJECTID')) session.send(`* OK [MAILBOXID (${mailbox.attributes.mailboxId})] its id`)
}

function create(session: Session, { args }: ParsedCommand): string {
  const path = newPath(session, textOf(args[0]))
  const mailbox = session.store.createMailbox(path, { subscribed: false })
  return session.has('OBJECTID') ? `OK [MAILBOXID (${mailbox.attributes.mailboxId})] made` : 'OK made'
}

const maxNameOctets = 1000

/** The path that a client's new name stands for. A delimiter at its end only says that children will follow. */
function newPath(session: Session, wirePath: string): string {
  const { delimiter } = session.store
  const name = wirePath.endsWith(delimiter) ? wirePath.slice(0, -1) : wirePath
  const path = /[^ -~]/.test(name) ? undefined : wireToPath(name)
  if (path === undefined) throw no('[CANNOT] the name is no modified UTF-7')
  const isOdd = path === '' || path.split(delimiter).includes('') || name.length > maxNameOctets
  if (isOdd || /[*%]/.test(path)) throw no('[CANNOT] no mailbox can be called that')
  if (session.store.findByWirePath(name)?.attributes.selectable === true) throw no('[ALREADYEXISTS] it exists')
  return path
}

function subscribe(session: Session, args: readonly Argument[], subscribed: boolean): string {
  session.mailbox(textOf(args[0])).attributes.subscribed = subscribed
  return subscribed ? 'OK subscribed' : 'OK unsubscribed'
}

/** CLOSE expunges without saying so (RFC 9051 §6.4.1); UNSELECT does not. */
function close(session: Session, expunges: boolean): string {
  const { mailbox, isReadOnly } = session.view
  session.select(undefined)
  if (expunges && !isReadOnly) {
    const deleted = mailbox.messages.filter((message) => message.flags.includes(String.raw`\Deleted`))
    mailbox.expunge(deleted.map((message) => message.uid))
  }
  return 'OK closed'
}

/** Tells every change at once, until DONE (RFC 9051 §6.3.13). */
async function idle(session: Session): Promise<string> {
  const view = session.isSelected ? session.view : undefined
  session.send('+ idling')
  const push = (): void => {
    session.sendUpdates(true)
    void session.output.flush()
  }
  push()
  view?.watch(push)
  const line = await session.source.readLine(session.server.limits.maxLineOctets)
  view?.watch(undefined)
  if (line?.toUpperCase() !== 'DONE') throw bad('IDLE ends with DONE')
  return 'OK idled'
}
