import type { ListedMailbox } from '../model/mailbox.ts'
import { unlessRefused } from '../model/unless-refused.ts'
import type { ProbedConnection } from './ports.ts'

/** So many are asked one by one where LIST does not tell; of the others the count is not known. */
const mostAsked = 200

/** All mailboxes, with STATUS also where LIST does not tell it. */
export async function listWithCounts(connection: ProbedConnection): Promise<readonly ListedMailbox[]> {
  const listed = await connection.listMailboxes()
  const counted: ListedMailbox[] = []
  let asked = 0
  for (const box of listed) {
    const isAsked = box.status === undefined && box.selectable && asked++ < mostAsked
    counted.push(isAsked ? { ...box, status: await unlessRefused(connection.status(box.wirePath)) } : box)
  }
  return counted
}
