import { checkAddress, uniqueAddresses } from '../send/address.ts'
import { draftOf } from '../send/compose-draft.ts'
import type { DraftRequest } from '../send/compose-draft.ts'
import { oneLine } from '../send/one-line.ts'
import type { Composer, MailAddress } from '../send/ports.ts'
import type { CommandContext } from './context.ts'
import { attachmentsOf, original, textOf } from './message-parts.ts'
import { messageIdOf, usage } from './message-to-send.ts'
import type { ComposeFlags, Outgoing, OutgoingRequest } from './message-to-send.ts'
import { sendingAccount } from './sending-account.ts'
import type { SendingAccount } from './sending-account.ts'

/** A message made of options. */
export async function composedMessage(context: CommandContext, request: OutgoingRequest): Promise<Outgoing> {
  const { parts, flags } = request
  refuseEmpty(flags)
  const composer = await parts.composer()
  const { account, from } = senderOf(request, composer)
  const messageId = messageIdOf(parts, account)
  const draft = draftOf(
    {
      from,
      ...listsOf(flags),
      subject: flags.subject,
      text: await textOf(parts, flags.body),
      html: await textOf(parts, flags.html),
      attachments: await attachmentsOf(parts, flags.attach ?? []),
      replyTo: await original(context, flags.replyTo),
      forwarded: await original(context, flags.forward),
      messageId,
      dateMs: context.nowMs(),
    },
    (field) => composer.addresses(field),
  )
  const to = uniqueAddresses([...draft.to, ...draft.cc, ...draft.bcc].map(({ address }) => address))
  const octets = await composer.compose(draft)
  return { account, message: { messageId, subject: draft.subject, envelope: { from: from.address, to }, octets } }
}

function listsOf({
  to = [],
  cc = [],
  bcc = [],
  header = [],
}: ComposeFlags): Pick<DraftRequest, 'to' | 'cc' | 'bcc' | 'headers'> {
  return { to, cc, bcc, headers: header }
}

/** --from is an address, or the name of an account. */
function senderOf(
  { config, flags: { from, account: named } }: OutgoingRequest,
  composer: Composer,
): { readonly account: SendingAccount; readonly from: MailAddress } {
  const names = config.accounts.map(({ name }) => name)
  if (from === undefined || names.includes(from)) {
    const account = sendingAccount(config, { account: named ?? from, addresses: [] })
    return { account, from: { name: '', address: account.email } }
  }
  const [written, ...others] = composer.addresses(oneLine(from, '--from')) ?? []
  if (written === undefined || others.length > 0)
    throw usage(`--from ${JSON.stringify(from)} is neither an address nor an account`, `accounts: ${names.join(', ')}`)
  const account = sendingAccount(config, { account: named, addresses: [written.address] })
  return { account, from: { name: oneLine(written.name, '--from'), address: checkAddress(written.address, '--from') } }
}

function refuseEmpty({ body, html, attach, replyTo, forward }: ComposeFlags): void {
  if (body === '-' && html === '-')
    throw usage('stdin cannot be both the text and the HTML', 'give one of them as @FILE')
  if (replyTo !== undefined && forward !== undefined)
    throw usage('a message either answers another or sends it on', 'give one of --reply-to and --forward')
  if (replyTo !== undefined && body === undefined && html === undefined)
    throw usage('the answer has no text', 'write it: --body TEXT')
  if ([body, html, attach, forward].every((one) => one === undefined))
    throw usage('the message has no text', 'write it: --body TEXT, --body @FILE, or --body - for stdin')
}
