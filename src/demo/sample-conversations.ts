import { addressOf, firstNameOf } from './sample-message.ts'
import { inQuotedPrintable, textPart } from './mime-writer.ts'
import { owner } from './sample-people.ts'
import { writeMessage } from './sample-message.ts'
import type { Entity } from './mime-writer.ts'
import type { Person } from './sample-people.ts'
import type { SampleMessage } from './sample-message.ts'

interface Conversation {
  readonly id: string
  readonly subject: string
  /** Where the owner keeps what others wrote. */
  readonly mailbox: string
  readonly start: string
  readonly turns: readonly (readonly [from: Person, text: string])[]
}

const conversations: readonly Conversation[] = [
  {
    id: 'potluck',
    subject: 'Garden potluck on the 24th?',
    mailbox: 'INBOX',
    start: '2025-05-06T17:20:00Z',
    turns: [
      [
        'mira',
        'The long table behind the greenhouse is free on the 24th. Shall we eat there together, six o’clock, everybody brings one dish?',
      ],
      ['robin', 'Yes please. I can bring the big pot of lentil soup, and the folding chairs.'],
      ['otto', 'Count me in. I will make flatbread, if somebody has a griddle that is not mine.'],
      ['lena', 'There is a griddle in the shed, under the seed trays. It wants a scrub. I will bring rhubarb cake.'],
      ['mira', 'Wonderful. Soup, bread, cake: only something green is missing, which in a garden should not be hard.'],
      ['robin', 'I will cut the first lettuce in the afternoon. See you all at six.'],
    ],
  },
  {
    id: 'bicycle',
    subject: 'The squeaking bicycle',
    mailbox: 'INBOX',
    start: '2025-04-14T08:05:00Z',
    turns: [
      ['tariq', 'My bicycle has begun to sing at every turn of the left pedal. You once cured yours. What was it?'],
      ['robin', 'A dry bearing. Half an hour, a spanner, and a spoon of grease. Bring it round on Saturday.'],
      ['tariq', 'Saturday it is. I will bring coffee from the good place.'],
      ['robin', 'Then the repair is paid for twice over.'],
      ['tariq', 'It is silent now, and I miss the song a little. Thank you!'],
    ],
  },
  {
    id: 'choir',
    subject: 'Choir: which pieces for the summer concert',
    mailbox: 'INBOX',
    start: '2025-03-02T19:45:00Z',
    turns: [
      [
        'june',
        'Dear all, the hall is booked for 21 June. Please send me two pieces that you would love to sing and one that you would rather not.',
      ],
      ['sol', 'Love: the river song and the canon about the weather. Rather not: anything with whistling.'],
      [
        'robin',
        'Love: the canon about the weather, the lullaby in seven eight. Rather not: the one with the cuckoo. We always laugh.',
      ],
      ['vera', 'I vote for the cuckoo. Laughing is allowed in June.'],
      [
        'june',
        'Settled: river song, weather canon, lullaby, and the cuckoo as an encore. Rehearsals on Tuesdays at seven.',
      ],
    ],
  },
  {
    id: 'shelf',
    subject: 'Bookshelf measurements',
    mailbox: 'Archive/2025',
    start: '2025-01-11T10:00:00Z',
    turns: [
      [
        'otto',
        'I can build the shelf next weekend. Please measure the wall once more: height, width, and the skirting board.',
      ],
      [
        'robin',
        'Height 242 cm, width 180 cm, skirting board 7 cm high and 1.5 cm thick. The wall leans like an old sailor, about 8 mm at the top.',
      ],
      ['otto', 'Eight millimetres I can hide. Ash or pine?'],
      ['robin', 'Pine, oiled. The books are colourful enough.'],
      ['otto', 'Done. Let the oil dry for two days before the encyclopedia moves in.'],
    ],
  },
  {
    id: 'hut',
    subject: 'Weekend at the hut',
    mailbox: 'Archive/2024',
    start: '2024-09-03T16:30:00Z',
    turns: [
      [
        'vera',
        'The hut by the lake is ours from Friday to Sunday. There is wood, there are blankets, there is no signal.',
      ],
      ['robin', 'Perfect on all three counts. I will bring the chess set and the map.'],
      ['lena', 'I will bring pancakes, or what is needed for them.'],
      ['vera', 'The key hangs behind the third shutter. Mind the wasps, they have the first.'],
      ['robin', 'What a weekend. I have 80 pictures of the same heron; the best three are for you.'],
    ],
  },
  {
    id: 'translation',
    subject: 'A word for the sound of rain',
    mailbox: 'Archive/2024',
    start: '2024-11-19T21:10:00Z',
    turns: [
      ['sol', 'I am stuck on page 112. Is there one word for rain on a tin roof that is not “drumming”?'],
      [
        'robin',
        '“Pattering” is too light, I suppose. “Rattling” has too much weather in it. What does the roof do in the original?',
      ],
      ['sol', 'It chatters. The roof chatters to itself all night.'],
      ['robin', 'Then let it chatter! Best word on the page.'],
    ],
  },
  {
    id: 'train',
    subject: 'Which train to the coast',
    mailbox: 'Travel/日本 2025',
    start: '2025-02-08T12:00:00Z',
    turns: [
      [
        'june',
        'For the trip: the slow train along the coast takes five hours, the fast one two. The slow one has windows that open.',
      ],
      ['robin', 'The slow one, then. Windows that open are rare now.'],
      ['june', 'Booked: two seats on the sea side, 9 April, leaving at 10:12.'],
      ['robin', 'Thank you! I will bring rice balls and the small camera.'],
    ],
  },
  {
    id: 'minutes',
    subject: 'Minutes of the allotment meeting',
    mailbox: 'Archive/2024',
    start: '2024-06-12T20:00:00Z',
    turns: [
      [
        'mira',
        'Present: nine people and one cat. Decided: the water butt moves to the east gate. Not decided: the colour of the gate.',
      ],
      ['otto', 'One correction: two cats. The grey one sat under the table.'],
      ['robin', 'I second the correction, and vote for green.'],
      ['mira', 'Corrected. The gate will be green, by four votes to one abstention (a cat).'],
    ],
  },
]

/** Threads of several people: what others wrote, and the owner's answers in Sent. */
export function sampleConversations(): readonly SampleMessage[] {
  return conversations.flatMap((conversation) => writeConversation(conversation))
}

function writeConversation({ id, subject, mailbox, start, turns }: Conversation): readonly SampleMessage[] {
  const references: string[] = []
  const participants = [...new Set(turns.map(([from]) => from))]
  return turns.map(([from, text], turn) => {
    const previous = turns[turn - 1]
    // Nobody answers at once, and later answers take longer.
    const date = new Date(Date.parse(start) + turn * (turn + 2) * 47 * 60_000)
    const heading = {
      from: addressOf(from),
      to: participants
        .filter((person) => person !== from)
        .map((person) => addressOf(person))
        .join(', '),
      subject: turn === 0 ? subject : `Re: ${subject}`,
      date,
      id: `${id}-${turn + 1}.${from}@example.org`,
      references: [...references],
    }
    references.push(heading.id)
    const octets = writeMessage(heading, replyText({ from, text, previous }))
    const flags = from === owner ? [String.raw`\Seen`] : turnFlags(turn, turns.length)
    return { mailboxes: [from === owner ? 'Sent' : mailbox], date, flags, octets }
  })
}

function turnFlags(turn: number, turns: number): readonly string[] {
  if (turn === turns - 1) return []
  return turn === 0 ? [String.raw`\Seen`, String.raw`\Answered`, String.raw`\Flagged`] : [String.raw`\Seen`]
}

interface Reply {
  readonly from: Person
  readonly text: string
  readonly previous: readonly [from: Person, text: string] | undefined
}

/** In format=flowed (RFC 3676): lines that go on end in a space. */
function replyText({ from, text, previous }: Reply): Entity {
  const quote = previous === undefined ? '' : `${firstNameOf(previous[0])} wrote:\n${flow(previous[1], '> ')}\n\n`
  const octets = Buffer.from(`${quote}${flow(text, '')}\n\n-- \n${firstNameOf(from)}\n`, 'utf8')
  const part = textPart(octets, 'utf-8; format=flowed')
  return /[\u0080-\u00ff]/.test(octets.toString('latin1')) ? inQuotedPrintable(part) : part
}

const flowedColumns = 66

function flow(text: string, prefix: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line.length + word.length > flowedColumns) {
      lines.push(`${prefix}${line} `)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return [...lines, prefix + line].join('\n')
}
