import { textPart } from './mime-writer.ts'
import { headingFields } from './sample-message.ts'
import { SeededRandom } from './seeded-random.ts'
import { writeEntity } from './mime-writer.ts'
import type { SampleMessage } from './sample-message.ts'

const list = 'Boring Software <boring-software@lists.example.net>'

const writers = [
  'Pim Odell <pim@example.net>',
  'Greta Solis <greta@example.com>',
  'Ivo Marsh <ivo.marsh@example.org>',
  'Nadia Quill <nadia@example.net>',
  'Bo Winter <bo@example.com>',
  'Esme Tarn <esme.tarn@example.org>',
] as const

const programs = ['clockwise', 'papertray', 'sievekit', 'lanternd', 'ditto-copy', 'slowlog', 'tidyup'] as const
const virtues = ['boring', 'predictable', 'dull', 'quiet', 'uneventful', 'reliable', 'plain'] as const
const parts = [
  'the parser',
  'the scheduler',
  'the manual',
  'the test suite',
  'the lock file',
  'the log rotation',
] as const
const deeds = ['simplified', 'halved', 'documented', 'removed', 'measured', 'left alone', 'renamed back'] as const
const remarks = [
  'Nothing crashed, which is the point.',
  'The diff is negative again, and I am very pleased about that.',
  'If nobody objects until Friday, nothing will happen, as planned.',
  'I read all of it twice and found one comma.',
  'It has been running here since spring without a word.',
  'Please test it on your oldest machine; mine has no fan to speak of.',
  'We could add an option for that. We could also not.',
  'The numbers are in the table below; they look like last year’s.',
  'Thanks to everybody who sent a patch that made it smaller.',
] as const
const questions = [
  'Has anybody seen this on a cold start?',
  'Is there a reason why it waits for two seconds?',
  'Should the default be the other one?',
  'May I delete the compatibility code for the old format?',
  'Who still uses the third argument?',
] as const

const start = Date.UTC(2024, 0, 2, 6)
const end = Date.UTC(2025, 4, 30, 18)

/** So many messages of a mailing list about software that does its work: threads of one to six, by few people. */
export function* sampleListTraffic(messages: number): Generator<SampleMessage> {
  const random = new SeededRandom(120_125)
  let thread: { readonly subject: string; readonly ids: string[]; left: number } | undefined
  // However many there are, none lies in the future.
  const gapMs = Math.floor((end - start) / (messages + 1))
  for (let number = 1; number <= messages; number++) {
    if (thread === undefined || thread.left === 0) {
      thread = { subject: threadSubject(random), ids: [], left: 1 + random.below(6) }
    }
    const id = `list-${number}.${random.below(0x1_00_00_00).toString(16)}@lists.example.net`
    const subject = `${thread.ids.length === 0 ? '' : 'Re: '}[boring-software] ${thread.subject}`
    const date = new Date(start + number * gapMs + random.below(gapMs))
    const heading = { from: random.pick(writers), to: list, subject, date, id, references: [...thread.ids] }
    const content = textPart(Buffer.from(listText(random), 'utf8'), 'utf-8')
    const fields = [
      ...headingFields(heading),
      ['List-Id', 'Software that does its work <boring-software.lists.example.net>'] as const,
      ['List-Post', '<mailto:boring-software@lists.example.net>'] as const,
      ['Precedence', 'list'] as const,
      ['MIME-Version', '1.0'] as const,
      ...content.fields,
    ]
    thread.ids.push(id)
    thread.left--
    const flags = random.below(4) === 0 ? [] : [String.raw`\Seen`]
    yield { mailboxes: ['Lists/boring-software'], date, flags, octets: writeEntity({ fields, body: content.body }) }
  }
}

function threadSubject(random: SeededRandom): string {
  const program = random.pick(programs)
  const version = `${1 + random.below(4)}.${random.below(20)}.${random.below(10)}`
  const kind = random.below(3)
  if (kind === 0) return `${program} ${version} released, ${random.pick(virtues)} as ever`
  return kind === 1
    ? `${program}: ${random.pick(questions)}`
    : `${program}: ${random.pick(parts)} ${random.pick(deeds)}`
}

function listText(random: SeededRandom): string {
  const paragraphs: string[] = []
  const count = 1 + random.below(4)
  for (let index = 0; index < count; index++) {
    const sentence = `In ${random.pick(programs)} I have ${random.pick(deeds)} ${random.pick(parts)}.`
    paragraphs.push(
      [sentence, random.pick(remarks), random.below(2) === 0 ? random.pick(questions) : ''].join('\n').trim(),
    )
  }
  return `${paragraphs.join('\n\n')}\n`
}
