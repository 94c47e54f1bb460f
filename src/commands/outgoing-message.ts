import { fieldValues, readHeader } from '../send/header.ts'
import { submittedMessage } from '../send/submitted-message.ts'
import { composedMessage } from './composed-message.ts'
import type { CommandContext } from './context.ts'
import { largestMessage, messageIdOf, usage } from './message-to-send.ts'
import type { MessageFlags, Outgoing, OutgoingRequest } from './message-to-send.ts'
import { sendingAccount } from './sending-account.ts'

/** A message that is made of options, or that stands on stdin. Throws USAGE where it is neither, or both. */
export async function outgoingMessage(context: CommandContext, request: OutgoingRequest): Promise<Outgoing> {
  const { flags, recipients, parts } = request
  const { to, cc, bcc, subject, body, html, attach, replyTo, forward, header } = flags
  const isComposed = [to, cc, bcc, subject, body, html, attach, replyTo, forward, header].some(
    (one) => one !== undefined,
  )
  const isSubmitted = flags.t === true || recipients.length > 0
  if (isComposed && isSubmitted)
    throw usage(
      'a message is either made of options or read from stdin',
      'leave out -t and the addresses without an option, or the options',
    )
  if (isComposed) return composedMessage(context, request)
  if (!isSubmitted)
    throw usage(
      'it is not said what to send',
      'see `mailmirror send --help`: --to, --subject and --body; or -t with a message on stdin',
    )
  if (parts.isInputTerminal)
    throw usage(
      'the message is read from stdin, and stdin is a terminal',
      'pipe a message into it: mailmirror send -t <message.eml',
    )
  return submitted(context, request)
}

async function submitted(
  context: CommandContext,
  { config, parts, recipients, flags }: OutgoingRequest,
): Promise<Outgoing> {
  const input = await parts.readInput(largestMessage)
  const composer = await parts.composer()
  const account = sendingAccount(config, {
    account: flags.account,
    addresses: sendersOf(input, flags, (field) => composer.addresses(field)?.map(({ address }) => address) ?? []),
  })
  const message = submittedMessage(
    input,
    { given: recipients, fromHeader: flags.t === true, envelopeFrom: flags.f ?? flags.r },
    {
      email: account.email,
      fullName: flags.F ?? '',
      messageId: messageIdOf(parts, account),
      nowMs: context.nowMs(),
      addresses: (field) => composer.addresses(field),
    },
  )
  return { account, message: { ...message, subject: await decodedSubject(context, message.octets) } }
}

/** -f, --from, and the From of the message. */
function sendersOf(
  input: Uint8Array,
  { r, f = r, from }: MessageFlags,
  read: (field: string) => readonly string[],
): readonly string[] {
  const header = readHeader(Buffer.from(input.buffer, input.byteOffset, input.byteLength))
  const fields = [
    ...(from === undefined ? [] : [from]),
    ...fieldValues(header, 'from'),
    ...(f === undefined ? [] : [f]),
  ]
  return fields.flatMap((field) => read(field))
}

/** For lists of the outbox. */
async function decodedSubject(context: CommandContext, octets: Buffer): Promise<string> {
  const header = octets.subarray(0, readHeader(octets).end)
  return (await context.messageParser()).extract(header).fields.subject ?? ''
}
