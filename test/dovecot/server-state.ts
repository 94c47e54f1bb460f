import { readServer } from '../servers/read-server.ts'
import type { MailServer } from '../servers/mail-server.ts'
import type { MailboxesState } from '../support/mirror-state.ts'

/** What Python sees on the server, in the form of a mirror's state. */
export async function serverState(
  server: Pick<MailServer, 'port' | 'password'>,
  user: string,
): Promise<MailboxesState> {
  const { messages } = await readServer(server.port, user, server.password)
  const entries = messages.map(({ mailbox, uidValidity, uid, sha256, flags, internalDateSeconds }) => {
    const state = { sha256, flags: flags.toSorted(), internalDate: internalDateSeconds ?? undefined }
    return [`${mailbox}/${uidValidity}/${uid}`, state] as const
  })
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
