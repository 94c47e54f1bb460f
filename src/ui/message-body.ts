import { formatOctets } from '../model/format-octets.ts'
import type { AttachmentEntry, ReadableMessage } from '../search/extracted-message.ts'
import { textWidth, wrapWords } from './cell-width.ts'
import type { PageLayout } from './message-page.ts'
import { safeLines, safeText } from './safe-text.ts'

export interface BodyLayout extends PageLayout {
  /** Lines longer than `columns` are wrapped: for a terminal. Else they stay as they are. */
  readonly wraps: boolean
}

const mostAttachments = 100
const runnable =
  /\.(?:exe|com|scr|bat|cmd|pif|cpl|msi|msp|jar|js|jse|vbs|vbe|wsf|wsh|hta|ps1|psm1|lnk|reg|scf|url|iso|img|app|dmg|pkg|command|sh|desktop|run|deb|rpm|apk|docm|xlsm|pptm|chm|html?|xhtml|svg)$/i

/** The text of a message for reading, quoted lines dimmed, then its attachments; made safe (S14). */
export function messageBody(readable: ReadableMessage, layout: BodyLayout): readonly string[] {
  const { text, attachments, trouble } = readable
  const more = attachments.length - mostAttachments
  const { style } = layout
  return [
    ...(text.trim() === '' ? ['', style.dim('(no text)')] : ['', ...textLines(text.trimEnd(), layout)]),
    ...(attachments.length === 0 ? [] : ['', style.bold('Attachments')]),
    ...attachments.slice(0, mostAttachments).map((attachment) => `  ${attachmentLine(attachment)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(trouble === undefined ? [] : ['', style.dim(safeText(`Not all could be read: ${trouble}`))]),
  ]
}

function textLines(text: string, { columns, style, wraps }: BodyLayout): readonly string[] {
  return safeLines(text).flatMap((line) => {
    const quote = /^(?:> ?)+/.exec(line)?.[0] ?? ''
    const lines = wraps && textWidth(line) > columns ? wrapWords(line, columns, quote) : [line]
    return quote === '' ? lines : lines.map((one) => style.dim(one))
  })
}

/** Names end where their sender's trick begins: one that runs says so, and one that poses as another type, too (S13). */
function attachmentLine({ part, name, type, octets }: AttachmentEntry): string {
  const facts = [part, name ?? '(no name)', type, formatOctets(octets)]
  const bare = (name ?? '').replaceAll(/[\s.]+$/g, '')
  if (runnable.test(bare)) {
    facts.push(/\.[^.]{1,5}\s*\.[^.]+$/.test(bare) ? '! can run code, has two extensions' : '! can run code')
  }
  return safeText(facts.join('  '))
}
