import type { Account } from '../model/account.ts'
import type { ListedMailbox } from '../model/mailbox.ts'
import { filterAdmits } from '../model/select.ts'
import { uidSetOfRanges } from '../model/uid-set.ts'
import { unlessRefused } from '../model/unless-refused.ts'
import type { Survey, SurveyedMailbox } from '../setup/survey.ts'
import type { MailConnection, MailSource } from '../sync/ports.ts'
import type { CommandContext } from './context.ts'

/** Of a server that tells counts only one by one. */
const mostAsked = 100
/** Of the newest messages in the largest mailbox. */
const sampled = 200

/** Logs in once and looks around: mailboxes, counts, and by the sizes of a few messages how much it all is. Throws what
 *  `MailSource.connect` throws. */
export async function surveyAccount(context: CommandContext, source: MailSource, account: Account): Promise<Survey> {
  const recorder = await context.createRecorder()
  const connection = await source.connect(account, recorder.openLane(account.name), context.signal)
  try {
    const listed = await connection.listMailboxes()
    const admitted = listed.filter(({ path, selectable }) => selectable && filterAdmits(account.mailboxes, path))
    const mailboxes = await countMessages(connection, admitted)
    return {
      serverId: connection.serverId,
      capabilities: [...connection.capabilities],
      mailboxes,
      estimatedOctets: await estimateOctets(connection, admitted, mailboxes),
    }
  } finally {
    await connection.logout()
  }
}

async function countMessages(
  connection: MailConnection,
  listed: readonly ListedMailbox[],
): Promise<readonly SurveyedMailbox[]> {
  const counted: SurveyedMailbox[] = []
  let asked = 0
  for (const { path, wirePath, status } of listed) {
    const isAsked = status === undefined && asked++ < mostAsked
    const told = isAsked ? await unlessRefused(connection.status(wirePath)) : status
    counted.push({ path, messages: told?.messages })
  }
  return counted
}

/** Two commands. Gmail's mailboxes share messages, so there it is too high. */
async function estimateOctets(
  connection: MailConnection,
  listed: readonly ListedMailbox[],
  counted: readonly SurveyedMailbox[],
): Promise<number | undefined> {
  const total = counted.reduce((sum, { messages = 0 }) => sum + messages, 0)
  const [largest] = counted.toSorted((a, b) => (b.messages ?? 0) - (a.messages ?? 0))
  const wirePath = listed.find(({ path }) => path === largest?.path)?.wirePath
  if (wirePath === undefined || total === 0) return undefined
  const sizes = await unlessRefused(sampleSizes(connection, wirePath))
  if (sizes === undefined || sizes.length === 0) return undefined
  return Math.round((sizes.reduce((sum, size) => sum + size, 0) / sizes.length) * total)
}

async function sampleSizes(connection: MailConnection, wirePath: string): Promise<readonly number[]> {
  const { uidNext } = await connection.examine(wirePath)
  const sizes: number[] = []
  if (uidNext === undefined || uidNext < 2) return sizes
  const uids = uidSetOfRanges([[Math.max(1, uidNext - sampled), uidNext - 1]])
  await connection.fetchRows({ uids, metadata: true }, ({ size }) => {
    if (size !== undefined) sizes.push(size)
    return undefined
  })
  return sizes
}
