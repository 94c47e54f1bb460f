import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { expectedOf, withoutCollections } from './collections.ts'
import type { Collection, ExpectedMessage } from './collections.ts'
import { blanksAsOne, byMailparser, byPostalMime, ours } from './readings.ts'
import type { Reading } from './readings.ts'

const fields = ['subject', 'from', 'to', 'date', 'text', 'attachments'] as const
type Field = (typeof fields)[number]

/** How often each parser says what is expected. */
interface Score {
  expected: number
  ours: number
  mailparser: number
  postalMime: number
}

/** In the form of a reading's; undefined: nothing is expected. */
function valueOf({ attachments, text, subject, ...message }: ExpectedMessage, field: Field): string | undefined {
  const values = {
    ...message,
    subject: subject === undefined ? undefined : blanksAsOne(subject),
    text: text === undefined ? undefined : blanksAsOne(text),
    date: message.date ?? undefined,
    attachments: attachments?.map((parts) => parts.join(' ')).toSorted(),
  }
  return JSON.stringify(values[field])
}

function told(reading: Reading, field: Field): string | undefined {
  const named = reading.attachments.filter((attachment) => !/^(?:undefined|null)? /.test(attachment))
  return JSON.stringify({ ...reading, subject: blanksAsOne(reading.subject), attachments: named }[field])
}

const none = (): Score => ({ expected: 0, ours: 0, mailparser: 0, postalMime: 0 })

async function scoresOf(collection: Collection): Promise<Readonly<Record<Field, Score>>> {
  const scores = { subject: none(), from: none(), to: none(), date: none(), text: none(), attachments: none() }
  for (const message of await expectedOf(collection)) {
    const octets = await readFile(message.path)
    const readings = {
      ours: ours(octets),
      mailparser: await byMailparser(octets),
      postalMime: await byPostalMime(octets),
    }
    for (const field of fields) {
      const expected = valueOf(message, field)
      if (expected === undefined) continue
      scores[field].expected++
      if (told(readings.ours, field) === expected) scores[field].ours++
      if (told(readings.mailparser, field) === expected) scores[field].mailparser++
      if (told(readings.postalMime, field) === expected) scores[field].postalMime++
    }
  }
  return scores
}

describe.skipIf(withoutCollections)('messages that other parsers are tested with', () => {
  test.each([
    ['python', 40],
    ['enmime', 75],
  ] as const)(
    'of the collection of %s we read each field as its expected at least as often as mailparser and postal-mime',
    async (name, least) => {
      const scores = await scoresOf(name)
      expect(scores.subject.expected).toBeGreaterThan(least)
      for (const field of fields) {
        const { ours: own, mailparser, postalMime } = scores[field]
        expect([field, own >= mailparser, own >= postalMime, scores[field]]).toEqual([field, true, true, scores[field]])
      }
    },
    60_000,
  )
})
