import { describe, expect, test } from 'vitest'
import { parseList } from '../../src/imap/list-mailboxes.ts'
import { specialUseOf } from '../../src/imap/special-use.ts'
import { readResponse } from './read-responses.ts'

const parse = async (wire: string) => parseList(await readResponse(`${wire}\r\n`))

const archive = {
  path: 'Archive',
  wirePath: 'Archive',
  delimiter: '/',
  specialUse: undefined,
  selectable: true,
  subscribed: false,
}

describe('a LIST response (RFC 9051 §7.3.1)', () => {
  test.each<readonly [string, object]>([
    [String.raw`* LIST () "/" Archive`, {}],
    [String.raw`* list (\HasNoChildren) "/" "Archive"`, {}],
    ['* LIST () "/" {7}\r\nArchive', {}],
    ['* LIST () "/" {7+}\r\nArchive', {}],
    [String.raw`* LIST (\Subscribed) "/" Archive`, { subscribed: true }],
    [String.raw`* LIST (\Archive) "/" Archive`, { specialUse: 'archive' }],
    [String.raw`* LIST (\HasChildren) "/" Archive ("CHILDINFO" ("SUBSCRIBED"))`, {}],
    [String.raw`* LIST () "/" "Archive" (CHILDINFO ("SUBSCRIBED"))`, {}],
    [String.raw`* LIST () "/" Archive (OLDNAME ("Old Archive"))`, {}],
    ['* LIST NIL "/" Archive', {}],
  ])('%j', async (wire, differences) => {
    expect(await parse(wire)).toEqual({ ...archive, ...differences })
  })

  test.each<readonly [string, string | undefined]>([
    ['NIL', undefined],
    ['nil', undefined],
    ['""', undefined],
    ['"."', '.'],
    [String.raw`"\\"`, '\\'],
    ['/', '/'],
    ['{1}\r\n/', '/'],
  ])('F47 the delimiter %j is %j', async (delimiter, expected) => {
    expect(await parse(`* LIST () ${delimiter} Archive`)).toEqual({ ...archive, delimiter: expected })
  })

  test.each([
    [String.raw`\Noselect`, false],
    [String.raw`\NoSelect`, false],
    [String.raw`\NOSELECT`, false],
    [String.raw`\noselect`, false],
    [String.raw`\NonExistent`, false],
    [String.raw`\nonexistent \Subscribed`, false],
    [String.raw`\NoInferiors \HasNoChildren`, true],
    [String.raw`\NoSelecting`, true],
  ])('F47 %s says whether the mailbox can be selected', async (attributes, selectable) => {
    expect((await parse(`* LIST (${attributes}) "/" Archive`))?.selectable).toBe(selectable)
  })

  test.each([
    ['* LIST () "/" "Sent Items"', 'Sent Items', 'Sent Items'],
    ['* LIST () "/" Sent Items', 'Sent Items', 'Sent Items'],
    ['* LIST () "/" Sent Items  ', 'Sent Items', 'Sent Items'],
    ['* LIST () "/" "trailing "', 'trailing ', 'trailing '],
    ['* LIST () "/" Tea (green)', 'Tea (green)', 'Tea (green)'],
    ['* LIST () "/" {3} ', '{3}', '{3}'],
    ['* LIST () "/" ~peter/old mail', '~peter/old mail', '~peter/old mail'],
    ['* LIST () "/" 2019', '2019', '2019'],
    [String.raw`* LIST () "/" "a\"b\\c"`, String.raw`a"b\c`, String.raw`a"b\c`],
    ['* LIST () "." INBOX.Entw&APw-rfe', 'INBOX.Entw&APw-rfe', 'INBOX.Entwürfe'],
    ['* LIST () "/" "a&AOk"', 'a&AOk', 'a&AOk'],
    ['* LIST () "/" "bad&"', 'bad&', 'bad&'],
    ['* LIST () "/" "Entw\xc3\xbcrfe"', 'Entw\xc3\xbcrfe', 'Entwürfe'],
    ['* LIST () "/" {8}\r\nEntw\xfcrfe', 'Entw\xfcrfe', 'Entw\xfcrfe'],
    ['* LIST () "/" "NIL"', 'NIL', 'NIL'],
    ['* LIST () "/" {3}\r\na\nb', 'a\nb', 'a\nb'],
  ])('F46 the key of %j is its octets %j, shown as %j', async (wire, wirePath, path) => {
    const listed = await parse(wire)
    expect([listed?.wirePath, listed?.path]).toEqual([wirePath, path])
  })

  test.each(['* LIST () "/" NIL', '* LIST () "/" ""', '* LIST () "/"', '* LIST ()', '* LSUB () "/" x', '* OK LIST'])(
    'F47 %j names no mailbox',
    async (wire) => {
      expect(await parse(wire)).toBeUndefined()
    },
  )

  test.each([String.raw`* LIST (\HasNoChildren "/" INBOX`, '* LIST () "/" "Arch', '* LIST () "/ Archive'])(
    'F47 %j breaks off, which is a PROTOCOL_VIOLATION and no phantom',
    async (wire) => {
      await expect(parse(wire)).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' })
    },
  )
})

describe('roles (F48, RFC 6154)', () => {
  test.each([
    [String.raw`\All`, 'all'],
    [String.raw`\AllMail`, 'all'],
    [String.raw`\Archive`, 'archive'],
    [String.raw`\Drafts`, 'drafts'],
    [String.raw`\Flagged`, 'flagged'],
    [String.raw`\Starred`, 'flagged'],
    [String.raw`\Junk`, 'junk'],
    [String.raw`\Spam`, 'junk'],
    [String.raw`\Sent`, 'sent'],
    [String.raw`\TRASH`, 'trash'],
    [String.raw`\important`, 'important'],
    [String.raw`\Inbox`, 'inbox'],
    [String.raw`\Memos`, undefined],
    ['Sent', undefined],
  ])('%s is %s', (attribute, role) => {
    expect(specialUseOf('x', [String.raw`\HasNoChildren`, attribute])).toBe(role)
  })

  test('INBOX is the inbox in any case, whatever the server says of it', () => {
    for (const path of ['INBOX', 'inbox', 'Inbox']) expect(specialUseOf(path, [String.raw`\Junk`])).toBe('inbox')
  })

  test.each([
    'Sent',
    'Drafts',
    'Gesendet',
    'Borradores',
    'Bozze',
    'Papelera',
    'Brouillons',
    'Корзина',
    '草稿',
    'Trash',
  ])('the name %s alone gives no role', (path) => {
    expect(specialUseOf(path, [])).toBeUndefined()
  })

  test('the first of several roles stands', () => {
    expect(specialUseOf('x', [String.raw`\Trash`, String.raw`\Junk`])).toBe('trash')
  })
})
