import * as fc from 'fast-check'
import { mkdtempSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { attachmentFileName, writeAttachment } from '../../src/files/attachment-files.ts'

test.each([
  ['../../etc/passwd', 'part-2-_.._etc_passwd'],
  ['C:\\x\\CON', 'part-2-C_x_CON'],
  ['a\u0000b\u202efdp.exe. ', 'part-2-a_b_fdp.exe'],
  ['／etc', 'part-2-_etc'],
  [undefined, 'part-2'],
])('S11, S12: %j becomes %s', (name, expected) => {
  expect(attachmentFileName('2', name)).toBe(expected)
})

test('S11, S12: no name leaves its folder, ends in a dot or is too long', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
      const made = attachmentFileName('1.2', name)
      expect(made).toMatch(/^part-1\.2(?:-[\p{L}\p{M}\p{N}._ -]*[^\s.-])?$/u)
      expect(Buffer.byteLength(made)).toBeLessThanOrEqual(200)
    }),
  )
})

test('S10: what is there is neither changed nor followed; the new file is its owner’s alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mailmirror-attachments-'))
  const victim = join(folder, 'victim')
  writeFileSync(victim, 'old')
  symlinkSync(victim, join(folder, 'part-2-a.txt'))
  const path = await writeAttachment(folder, 'part-2-a.txt', Buffer.from('new'))
  expect(path.endsWith('/2-part-2-a.txt')).toBe(true)
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['new', 0o600])
  expect(readFileSync(victim, 'utf8')).toBe('old')
})

test('a folder that is none is an error of storage', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'mailmirror-attachments-')), 'file')
  writeFileSync(folder, '')
  await expect(writeAttachment(folder, 'part-2', Buffer.from('new'))).rejects.toMatchObject({ code: 'STORE_IO' })
})
