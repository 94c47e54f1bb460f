import { people } from './sample-people.ts'
import { writeEntity } from './mime-writer.ts'
import type { Entity, Field } from './mime-writer.ts'
import type { Person } from './sample-people.ts'

/** A message of the sample mail and where it lies. */
export interface SampleMessage {
  /** More than one: the same octets in each. */
  readonly mailboxes: readonly string[]
  readonly date: Date
  readonly flags: readonly string[]
  readonly octets: Buffer
}

/** The fields at the head of a message. Addresses and subject are written as they stand. */
export interface Heading {
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly date: Date
  /** Without its angle brackets. */
  readonly id: string
  /** Ids of the messages before it in its thread, the oldest first. */
  readonly references?: readonly string[]
}

export function headingFields({ from, to, subject, date, id, references = [] }: Heading): readonly Field[] {
  const parent = references.at(-1)
  const thread: Field[] =
    parent === undefined
      ? []
      : [
          ['In-Reply-To', `<${parent}>`],
          ['References', references.map((reference) => `<${reference}>`).join(' ')],
        ]
  return [
    ['Date', date.toUTCString().replace('GMT', '+0000')],
    ['From', from],
    ['To', to],
    ['Subject', subject],
    ['Message-ID', `<${id}>`],
    ...thread,
  ]
}

/** A message with this heading over this content. */
export function writeMessage(heading: Heading, content: Entity): Buffer {
  return writeEntity({
    fields: [...headingFields(heading), ['MIME-Version', '1.0'], ...content.fields],
    body: content.body,
  })
}

export function addressOf(person: Person): string {
  return people[person]
}

export function firstNameOf(person: Person): string {
  return people[person].split(' ', 1)[0] ?? person
}
