import { expect, test } from 'vitest'
import { assertOnlyAdds, assertReadOnly } from '../../src/imap/read-only.ts'

const command = (name: string, ...parts: readonly string[]) => ({ attempt: 'try it', name, parts })

test.each([
  command('LIST', '""', '"*"'),
  command('EXAMINE', '"INBOX"', '(CONDSTORE)'),
  command('ENABLE', 'QRESYNC'),
  command('STATUS', '"INBOX"', '(MESSAGES)'),
  command('UID SEARCH', 'ALL'),
  command('UID FETCH', '1:*', '(UID FLAGS RFC822.SIZE BODY.PEEK[])'),
  command('UID FETCH', '1:*', '(BODY.PEEK[HEADER.FIELDS (DATE)])'),
])('$name $parts only reads', (one) => {
  expect(() => assertReadOnly(one)).not.toThrow()
})

test.each([
  command('SELECT', '"INBOX"'),
  command('UID STORE', '1', '+FLAGS', '(\\Seen)'),
  command('EXPUNGE'),
  command('APPEND', '"INBOX"'),
  command('UID FETCH', '1', '(BODY[])'),
  command('UID FETCH', '1', '(RFC822)'),
  command('UID FETCH', '1', '(ENVELOPE)'),
  command('FETCH', '1', '(FLAGS)'),
])('rule 10: $name $parts never leaves this machine', (one) => {
  expect(() => assertReadOnly(one)).toThrow('is no command that only reads')
})

test.each(['APPEND', 'CREATE', 'SUBSCRIBE', 'NAMESPACE', 'EXAMINE', 'UNSELECT', 'CLOSE'])(
  'F99 a restore may say %s',
  (name) => {
    expect(() => assertOnlyAdds(command(name))).not.toThrow()
  },
)

test.each([
  'SELECT',
  'UID STORE',
  'EXPUNGE',
  'UID EXPUNGE',
  'MOVE',
  'UID MOVE',
  'COPY',
  'DELETE',
  'RENAME',
  'UNSUBSCRIBE',
])('F99 a restore never says %s', (name) => {
  expect(() => assertOnlyAdds(command(name))).toThrow('is no command that only reads')
})
