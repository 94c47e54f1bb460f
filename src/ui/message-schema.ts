type Schema = Readonly<Record<string, unknown>>

const text = { type: 'string' }
const number = { type: 'integer' }
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] })
const listOf = (items: Schema): Schema => ({ type: 'array', items })
const time = { type: 'string', format: 'date-time' }

function objectOf(
  properties: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return {
    type: 'object',
    properties: { ...properties, ...optional },
    required: Object.keys(properties),
  }
}

const address = objectOf({ name: text, address: text })

const placement = objectOf({
  account: text,
  mailbox: { ...text, description: 'decoded, with the delimiter of the server' },
  uidValidity: number,
  uid: number,
  flags: { ...listOf(text), description: 'system flags, with their backslash' },
  keywords: listOf(text),
  labels: { ...listOf(text), description: 'of Gmail' },
  internalDate: orNull(time),
  removedAt: { ...orNull(time), description: 'null: it is still there' },
})

/** What `search --json`, `show --json` and `export --format jsonl` write of a message (JSON Schema 2020-12). Keys may be added. */
export const messageSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A message of mailmirror',
  description: 'One line of an export as JSON Lines. Keys may be added; those that are here stay as they are.',
  ...objectOf(
    {
      v: { const: 1 },
      id: {
        type: ['integer', 'string'],
        description: 'as `show` takes it: 42, or STORE:42 where there are several stores',
      },
      sha256: { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'of the octets as the server sent them' },
      messageId: { ...orNull(text), description: 'without angle brackets' },
      date: { ...orNull(time), description: 'of the Date field, else of Received, else when it came to the server' },
      from: listOf(address),
      to: listOf(address),
      cc: listOf(address),
      subject: orNull(text),
      octets: number,
      flags: { ...listOf(text), description: 'in any of the mailboxes where it is now' },
      placements: { ...listOf(placement), description: 'where it is, and where it was' },
      attachments: listOf(
        objectOf(
          {
            part: { ...text, description: 'as IMAP numbers them: 2, 1.3' },
            name: orNull(text),
            type: text,
            octets: { ...number, description: 'of the decoded data' },
          },
          { data: { ...orNull(text), contentEncoding: 'base64', description: 'decoded, with --attachment-data' } },
        ),
      ),
      threadId: { ...orNull(number), description: 'null: it is not indexed yet' },
      snippet: orNull(text),
    },
    {
      headers: listOf(objectOf({ name: text, value: { ...text, description: 'unfolded and decoded' } })),
      text: { ...text, description: 'for reading; HTML as text where there is no plain text; not with --no-text' },
      html: { ...orNull(text), description: 'as sent: hostile; not with --no-text' },
      raw: { ...text, contentEncoding: 'base64', description: 'the octets, with --raw-base64' },
    },
  ),
}
