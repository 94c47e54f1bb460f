import { AppError } from '../model/errors.ts'
import type { ListedMailbox, SpecialUse } from '../model/mailbox.ts'
import type { MailConnection } from './ports.ts'
import type { RunContext } from './run-context.ts'

/** Where Gmail keeps each message exactly once. All other mailboxes are labels: they show messages of these again (F100). */
const eachOnce: ReadonlySet<SpecialUse | undefined> = new Set(['all', 'junk', 'trash'])
/** Names in an error are for a person. */
const namesShown = 8

export function holdsEachOnce({ specialUse }: ListedMailbox): boolean {
  return eachOnce.has(specialUse)
}

export interface Labelling {
  /** Mailboxes are labels: bodies are fetched from where each message is once, and the others are linked to them. */
  readonly isLabelled: boolean
  /** Why that cannot be relied on; thrown when everything else is done. */
  readonly complaint: AppError | undefined
}

/** X-GM-EXT-1. Found by SPECIAL-USE, for names are localised (F48). Where All Mail is not shown, the other mailboxes are
 *  mirrored with bodies of their own, and the account is not complete: archived mail is in All Mail alone. */
export function labelling(
  { capabilities }: MailConnection,
  listed: readonly ListedMailbox[],
  { account, selectors }: RunContext,
): Labelling {
  if (!capabilities.has('X-GM-EXT-1')) return { isLabelled: false, complaint: undefined }
  if (listed.some(({ specialUse, selectable }) => specialUse === 'all' && selectable)) {
    return { isLabelled: true, complaint: undefined }
  }
  // Whoever names mailboxes gets these, and no complaint about others.
  if (selectors.some(({ mailbox }) => mailbox !== undefined)) return { isLabelled: false, complaint: undefined }
  const shown = listed.filter(({ selectable }) => selectable)
  const names = shown.slice(0, namesShown).map(({ path }) => `"${path}"`)
  const more = shown.length > namesShown ? ` and ${shown.length - namesShown} more` : ''
  const complaint = new AppError({
    code: 'COMMAND_REJECTED',
    scope: 'mailbox',
    message: `could not find All Mail of account ${account.name}: the server shows ${names.join(', ')}${more}, which are mirrored`,
    hint: 'archived mail is in All Mail alone: in Gmail\'s settings, under Labels, tick "Show in IMAP" for All Mail; if it is there under a name without its role, set special-use = { "its name" = "all" } for the account',
  })
  return { isLabelled: false, complaint }
}
