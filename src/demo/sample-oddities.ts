import { addressOf, headingFields, writeMessage } from './sample-message.ts'
import { owner } from './sample-people.ts'
import { textPart, writeEntity } from './mime-writer.ts'
import type { Person } from './sample-people.ts'
import type { SampleMessage } from './sample-message.ts'

const mailbox = 'INBOX'

/** Messages that break a rule each, as real mailboxes have them. */
export function sampleOddities(): readonly SampleMessage[] {
  const oddities: readonly (readonly [date: string, octets: (date: Date) => Buffer])[] = [
    ['2025-04-05T04:00:00Z', withoutMessageId],
    ['2025-04-06T04:00:00Z', withEightBitHeader],
    ['2025-04-07T04:00:00Z', withNul],
    ['2025-04-08T04:00:00Z', withBareLineFeeds],
    ['2025-04-09T04:00:00Z', () => Buffer.alloc(0)],
    ['2025-04-10T04:00:00Z', withoutHeader],
  ]
  return oddities.map(([text, write]) => {
    const date = new Date(text)
    return { mailboxes: [mailbox], date, flags: [], octets: write(date) }
  })
}

function heading(from: Person, subject: string, date: Date) {
  const id = `odd-${date.getUTCDate()}.${from}@example.org`
  return { from: addressOf(from), to: addressOf(owner), subject, date, id }
}

function withoutMessageId(date: Date): Buffer {
  const content = textPart(Buffer.from('My program forgot to number this.\n'), 'utf-8')
  const fields = headingFields(heading('tariq', 'No number', date)).filter(([name]) => name !== 'Message-ID')
  return writeEntity({ fields: [...fields, ...content.fields], body: content.body })
}

/** UTF-8 where only ASCII belongs, and no encoded word. */
function withEightBitHeader(date: Date): Buffer {
  const subject = Buffer.from('Grüße aus der Küche', 'utf8').toString('latin1')
  return writeMessage(heading('lena', subject, date), textPart(Buffer.from('Es gibt Käse.\n', 'utf8'), 'utf-8'))
}

function withNul(date: Date): Buffer {
  return writeMessage(heading('otto', 'A hole in the text', date), {
    fields: [['Content-Type', 'text/plain; charset=us-ascii']],
    body: Buffer.from('Before the hole \0 and after it.\r\n'),
  })
}

function withBareLineFeeds(date: Date): Buffer {
  const octets = writeMessage(heading('sol', 'Only line feeds', date), textPart(Buffer.from('One.\nTwo.\n'), 'utf-8'))
  return Buffer.from(octets.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
}

function withoutHeader(): Buffer {
  return Buffer.from('\r\nThis text came without any header. It is about nothing in particular.\r\n')
}
