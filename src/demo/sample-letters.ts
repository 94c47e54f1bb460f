import { addressOf } from './sample-message.ts'
import { attachment, inBase64, inQuotedPrintable, multipart, textPart } from './mime-writer.ts'
import { sampleCsv, sampleIcs, samplePdf, samplePng, sampleZip } from './sample-files.ts'
import { owner } from './sample-people.ts'
import { writeMessage } from './sample-message.ts'
import type { Entity } from './mime-writer.ts'
import type { Person } from './sample-people.ts'
import type { SampleMessage } from './sample-message.ts'

interface Letter {
  readonly name: string
  readonly from: Person
  readonly to?: Person
  readonly subject: string
  readonly date: string
  readonly mailboxes: readonly string[]
  readonly flags?: readonly string[]
  readonly content: Entity
}

const seen = String.raw`\Seen`

/** Rows that make a message of about 2 MB. */
const largeRows = 55_000

/** Single letters with attachments of each kind, HTML, and a forwarded message. */
export function sampleLetters(): readonly SampleMessage[] {
  return [...lettersWithPapers(), ...lettersWithFiles(), ...lettersInHtml(), ...shortNotes()].map((letter) => ({
    mailboxes: letter.mailboxes,
    date: new Date(letter.date),
    flags: letter.flags ?? [seen],
    octets: writeLetter(letter),
  }))
}

function writeLetter({ name, from, to = owner, subject, date, content }: Letter): Buffer {
  const id = `${name}.${from}@example.org`
  return writeMessage({ from: addressOf(from), to: addressOf(to), subject, date: new Date(date), id }, content)
}

function text(words: string): Entity {
  return textPart(Buffer.from(`${words}\n`, 'utf8'), 'utf-8')
}

function withFiles(boundary: string, words: string, ...files: readonly Entity[]): Entity {
  return multipart('mixed', boundary, [text(words), ...files])
}

function lettersWithPapers(): readonly Letter[] {
  return [
    {
      name: 'flower',
      from: 'lena',
      subject: 'It is in bloom!',
      date: '2025-05-02T06:40:00Z',
      // Filed twice, as people do: the same octets in two mailboxes.
      mailboxes: ['INBOX', 'Archive/2025'],
      flags: [seen, String.raw`\Flagged`, '$Pictures'],
      content: withFiles(
        'flower-1',
        'The pink one by the gate. Picture attached.',
        attachment('flower.png', 'image/png', samplePng()),
      ),
    },
    {
      name: 'programme',
      from: 'june',
      subject: 'Concert programme, last draft',
      date: '2025-05-20T18:00:00Z',
      mailboxes: ['INBOX'],
      flags: [],
      content: withFiles(
        'programme-1',
        'Please look for mistakes, above all in your own name.',
        attachment('programme.pdf', 'application/pdf', samplePdf('Summer Concert, 21 June')),
      ),
    },
    {
      name: 'invitation',
      from: 'mira',
      subject: 'Invitation: Garden potluck',
      date: '2025-05-10T08:00:00Z',
      mailboxes: ['INBOX', 'Archive/2025', 'Trash'],
      content: withFiles(
        'invitation-1',
        'For your calendar.',
        attachment('invitation.ics', 'text/calendar; charset=utf-8; method=REQUEST', sampleIcs()),
      ),
    },
    {
      name: 'statutes',
      from: 'vera',
      subject: 'The statutes, with a proper file name',
      date: '2025-03-18T11:11:00Z',
      mailboxes: ['INBOX'],
      content: withFiles(
        'statutes-1',
        'Mind the umlaut.',
        attachment('Satzung für Gärtner – 2025.pdf', 'application/pdf', samplePdf('Satzung')),
      ),
    },
  ]
}

function lettersWithFiles(): readonly Letter[] {
  return [
    {
      name: 'rain',
      from: 'otto',
      subject: 'What the rain gauge says',
      date: '2025-02-01T07:30:00Z',
      mailboxes: ['Archive/2025'],
      content: withFiles(
        'rain-1',
        'One week of it. The whole year follows.',
        attachment('rain.csv', 'text/csv', sampleCsv(1008)),
      ),
    },
    {
      name: 'rain-year',
      from: 'otto',
      subject: 'The whole year of the rain gauge',
      date: '2025-02-01T07:45:00Z',
      mailboxes: ['Archive/2025'],
      content: withFiles(
        'rain-2',
        'Careful, it is large.',
        attachment('rain-2024.csv', 'text/csv', sampleCsv(largeRows)),
      ),
    },
    {
      name: 'recipes',
      from: 'lena',
      subject: 'The recipes, all of them',
      date: '2024-12-08T15:00:00Z',
      mailboxes: ['Archive/2024'],
      content: withFiles(
        'recipes-1',
        'As promised.',
        attachment(
          'recipes.zip',
          'application/zip',
          sampleZip([
            ['rhubarb-cake.txt', Buffer.from('Rhubarb, flour, butter, patience.\n')],
            ['flatbread.txt', Buffer.from('Flour, water, salt, a hot griddle.\n')],
          ]),
        ),
      ),
    },
  ]
}

const newsletter = `<!doctype html>
<html><head><style>h1 { color: #7a4a1e }</style></head>
<body><h1>Fresh from the oven</h1>
<p>This week: <b>walnut bread</b> &amp; plum tart. Open <i>from six</i>, as long as there is bread.</p>
<p><a href="https://bakery.example.com/week">What comes next week</a></p></body></html>
`

function lettersInHtml(): readonly Letter[] {
  const plain = text('This week: walnut bread & plum tart.\nOpen from six, as long as there is bread.')
  const html = inQuotedPrintable(textPart(Buffer.from(newsletter, 'utf8'), 'utf-8', 'text/html'))
  const picture: Entity = inBase64({
    fields: [
      ['Content-Type', 'image/png; name="flower.png"'],
      ['Content-ID', '<flower@example.org>'],
      ['Content-Disposition', 'inline; filename="flower.png"'],
    ],
    body: samplePng(),
  })
  const page = '<p>The meadow this morning:</p>\n<img src="cid:flower@example.org" alt="a flower">\n'
  const forwarded = writeLetter({
    name: 'lost-cat',
    from: 'sol',
    to: 'mira',
    subject: 'Grey cat found',
    date: '2024-06-14T07:00:00Z',
    mailboxes: [],
    content: text('A grey cat sits in our kitchen and behaves as if it paid rent.'),
  })
  return [
    {
      name: 'oven',
      from: 'bakery',
      subject: 'Fresh from the oven',
      date: '2025-05-16T05:00:00Z',
      mailboxes: ['INBOX'],
      flags: [],
      content: multipart('alternative', 'oven-1', [plain, html]),
    },
    {
      name: 'meadow',
      from: 'lena',
      subject: 'The meadow',
      date: '2025-05-18T06:20:00Z',
      mailboxes: ['INBOX'],
      content: multipart('related', 'meadow-1', [textPart(Buffer.from(page), 'utf-8', 'text/html'), picture]),
    },
    {
      name: 'forward',
      from: 'mira',
      subject: 'Fwd: Grey cat found',
      date: '2024-06-14T08:30:00Z',
      mailboxes: ['Archive/2024'],
      content: multipart('mixed', 'forward-1', [
        text('Is this the second cat of the minutes?'),
        { fields: [['Content-Type', 'message/rfc822']], body: forwarded },
      ]),
    },
  ]
}

/** Subject, words and date of what needs no more than a line. */
type Note = readonly [subject: string, words: string, date: string]

const overdue: readonly Note[] = [
  [
    'Two books are due on Friday',
    '“The Quiet Lighthouse” and “Bread, a History”. You can renew both once.',
    '2025-05-12T09:00:00Z',
  ],
  ['Your reservation is here', '“Knots for Patient People” waits at the desk until 2 June.', '2025-05-19T09:00:00Z'],
  [
    'Reading evening in the tower',
    'Thursday at eight. There are eleven chairs and a windowsill.',
    '2025-04-28T09:00:00Z',
  ],
  ['We are closed on Monday', 'The floor is being oiled. The book box takes returns.', '2025-03-27T09:00:00Z'],
  ['Thank you for the donation', 'Fourteen atlases! We had to move the globe.', '2024-10-22T09:00:00Z'],
  ['Renewed until 4 December', '“The Quiet Lighthouse”, for the second and last time.', '2024-11-06T09:00:00Z'],
]

const junk: readonly Note[] = [
  [
    'You have won a large turnip',
    'Reply within the hour to claim your turnip. No turnip, no refund.',
    '2025-05-01T03:00:00Z',
  ],
  ['Cheap clouds, all shapes', 'Direct from the sky to you. Cumulus half price.', '2025-05-03T03:00:00Z'],
  [
    'RE: RE: your invisible order',
    'It has been delivered. Please confirm that you cannot see it.',
    '2025-05-07T03:00:00Z',
  ],
  ['Lose two kilogrammes of paper', 'With this one simple filing cabinet.', '2025-05-11T03:00:00Z'],
]

const drafts: readonly Note[] = [
  [
    'Letter to the editor about the bench',
    'Dear editor, the bench at the pond faces away from the pond. I would like to',
    '2025-05-15T20:00:00Z',
  ],
  ['', 'soup: lentils, carrots, cumin, the good vinegar', '2025-05-21T10:00:00Z'],
]

const discarded: readonly Note[] = [
  ['Survey about our survey', 'How satisfied were you with the question about satisfaction?', '2025-04-02T12:00:00Z'],
  ['Parking notice for a car that I do not have', 'Please move it.', '2025-04-09T12:00:00Z'],
]

interface Pile {
  readonly from: Person
  readonly notes: readonly Note[]
  readonly mailbox: (date: string) => string
  readonly flags?: readonly string[]
}

const piles: readonly Pile[] = [
  { from: 'library', notes: overdue, mailbox: (date) => (date < '2025' ? 'Archive/2024' : 'INBOX') },
  { from: 'deals', notes: junk, mailbox: () => 'Junk', flags: ['$Junk'] },
  { from: owner, notes: drafts, mailbox: () => 'Drafts', flags: [seen, String.raw`\Draft`] },
  { from: 'vera', notes: discarded, mailbox: () => 'Trash' },
]

function shortNotes(): readonly Letter[] {
  return piles.flatMap(({ from, notes, mailbox, flags = [seen] }) =>
    notes.map(([subject, words, date], index) => ({
      name: `note-${index + 1}`,
      from,
      subject,
      date,
      mailboxes: [mailbox(date)],
      flags,
      // Every other one in base64, for no reason, as programs do.
      content: index % 2 === 0 ? text(words) : inBase64(text(words)),
    })),
  )
}
