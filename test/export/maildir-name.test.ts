import { expect, test } from 'vitest'
import { KeywordLetters, maildirFolder, maildirInfo } from '../../src/export/maildir-name.ts'

test.each([
  ['INBOX', ''],
  ['inbox', ''],
  ['Work', '.Work'],
  ['Work/Plans', '.Work.Plans'],
  ['Entwürfe', '.Entw&APw-rfe'],
  ['R&D', '.R&-D'],
  ['v1.2', '.v1%2E2'],
  ['..', '.%2E%2E'],
  ['a:b?~', '.a%3Ab%3F%7E'],
  [' ', '.%20'],
  ['a//b', '.a.%.b'],
])('S11 F91 %j lies in %j', (path, folder) => {
  expect(maildirFolder(path)).toBe(folder)
})

test('F91 the folder of a long name is short enough, and cut between its escapes', () => {
  for (const path of ['x'.repeat(300), 'ü'.repeat(300), '.'.repeat(300), 'ab/'.repeat(200)]) {
    const folder = maildirFolder(path)
    expect(folder.length).toBeLessThanOrEqual(200)
    expect(folder).not.toMatch(/%.?$|&[^-]*$/)
  }
})

test.each([
  [[], [], ':2,'],
  [[String.raw`\Seen`, String.raw`\Answered`], [], ':2,RS'],
  [['$Forwarded', String.raw`\Draft`, String.raw`\Deleted`, String.raw`\Flagged`], [], ':2,DFPT'],
  [[String.raw`\Seen`], ['$Forwarded', 'later', '$Junk'], ':2,PSab'],
  [[String.raw`\Recent`, 'odd'], [], ':2,'],
])('flags %j and keywords %j are %j', (flags, keywords, info) => {
  const letters = new KeywordLetters()
  expect(maildirInfo({ flags, keywords }, (keyword) => letters.of(keyword))).toBe(info)
})

test('letters of keywords stay as they were given, and there are 26', () => {
  const letters = new KeywordLetters('0 later\n1 $Junk\n')
  expect([letters.of('$Junk'), letters.of('new'), letters.of('later')]).toEqual(['b', 'c', 'a'])
  expect(letters.file).toBe('0 later\n1 $Junk\n2 new\n')
  expect(new KeywordLetters('0 a\n2 c\n').of('b')).toBe('b')
  for (let number = 0; number < 40; number++) letters.of(`k${number}`)
  expect([letters.of('k22'), letters.of('k23'), letters.file.split('\n').length]).toEqual(['z', undefined, 27])
})
