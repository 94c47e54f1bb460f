import { sourcePage } from './message-page.ts'
import type { SmtpEnvelope } from '../send/outbox.ts'
import { safeJson, safeText } from './safe-text.ts'
import type { Terminal } from './terminal.ts'

export interface MessagePreview {
  /** Its name. */
  readonly account: string
  readonly messageId: string
  readonly subject: string
  readonly envelope: SmtpEnvelope
  /** As the copy would be. */
  readonly octets: Uint8Array
}

/** What `send --dry-run` prints: the envelope on stderr, the message on stdout. */
export async function writePreview(
  { account, messageId, subject, envelope, octets }: MessagePreview,
  { json, quiet }: { readonly json: boolean; readonly quiet: boolean },
  { out, err }: Terminal,
): Promise<void> {
  if (json) {
    const raw = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('base64')
    const about = {
      account,
      messageId,
      subject,
      from: envelope.from,
      recipients: envelope.to,
      octets: octets.length,
      raw,
    }
    await out.write(`${safeJson({ v: 1, dryRun: true, ...about })}\n`)
    return
  }
  const lines = [
    `would be sent by account ${account}`,
    `from ${envelope.from === '' ? '<>' : envelope.from}`,
    ...envelope.to.map((to) => `to ${to}`),
  ]
  if (!quiet) await err.write(lines.map((line) => `mailmirror: ${safeText(line)}\n`).join(''))
  // On a terminal the octets of a stranger would be commands to it (S14).
  await out.write(
    out.isTty
      ? sourcePage(octets)
          .map((line) => `${line}\n`)
          .join('')
      : octets,
  )
}
