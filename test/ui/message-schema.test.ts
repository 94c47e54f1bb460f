import { expect, test } from 'vitest'
import { messageSchema } from '../../src/ui/message-schema.ts'
import { schemaErrors } from './schema-errors.ts'

const nothing = { messageId: null, date: null, subject: null, threadId: null, snippet: null }
const empty = { from: [], to: [], cc: [], flags: [], placements: [], attachments: [] }
const valid = { v: 1, id: 4, sha256: 'a'.repeat(64), octets: 1, ...nothing, ...empty }

test.each([
  [{}, []],
  [{ id: 'work:4' }, []],
  [{ v: 2 }, ['v: is not 1']],
  [{ id: null }, ['id: is no ["integer","string"]']],
  [{ sha256: 'x' }, ['sha256: does not match']],
  [{ octets: 1.5 }, ['octets: is no "integer"']],
  [{ from: [{ name: 'a' }] }, ['from.0: lacks address']],
  [{ subject: 5 }, ['subject: is none of these']],
  [{ flags: 'x' }, ['flags: is no "array"']],
])('a message with %j has these errors: %j', (change, errors) => {
  expect(schemaErrors({ ...valid, ...change }, messageSchema)).toEqual(errors)
})
