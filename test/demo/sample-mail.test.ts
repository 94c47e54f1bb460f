import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { inflateSync } from 'node:zlib'
import { RawClient } from './raw-client.ts'
import { sampleMail } from '../../src/demo/sample-mail.ts'
import { serve } from './tea-store.ts'
import type { MailStore } from '../../src/demo/mail-store.ts'

const mail = sampleMail()
const all = mail.mailboxes.flatMap(({ path, messages }) => messages.map((message) => ({ path, ...message })))

function digest(store: MailStore): string {
  const hash = createHash('sha256')
  for (const { path, uidValidity, messages } of store.mailboxes) {
    hash.update(`${path} ${uidValidity}\n`)
    for (const { uid, flags, internalDate, octets } of messages) {
      hash.update(`${uid} ${flags.join(' ')} ${internalDate} ${octets.length}\n`).update(octets)
    }
  }
  return hash.digest('hex')
}

test('the sample mail is the same octets each time, on every machine', () => {
  expect(digest(sampleMail())).toBe(digest(mail))
  expect(digest(mail)).toMatchInlineSnapshot(`"3ba01db4f324c9deff6681fffbc7b2dd451a1fb972c89cfba048cf3b681d0a8c"`)
})

test('every mailbox has its messages and its role', () => {
  expect(
    mail.mailboxes.map(
      ({ path, messages, attributes }) => `${path}: ${messages.length} ${attributes.specialUse ?? ''}`,
    ),
  ).toMatchInlineSnapshot(`
    [
      "INBOX: 33 ",
      "Sent: 14 \\Sent",
      "Drafts: 2 \\Drafts",
      "Archive: 0 ",
      "Archive/2024: 12 ",
      "Archive/2025: 8 ",
      "Travel: 0 ",
      "Travel/日本 2025: 4 ",
      "Работа: 3 ",
      "Lists: 0 ",
      "Lists/boring-software: 37 ",
      "Junk: 4 \\Junk",
      "Trash: 3 \\Trash",
      "To read: 0 ",
    ]
  `)
  expect(all).toHaveLength(120)
  expect(mail.mailbox('Archive').attributes.selectable).toBe(false)
})

test('more messages are more traffic of the list, and leave the rest as it is', () => {
  const larger = sampleMail({ messages: 500 })
  const count = larger.mailboxes.reduce((sum, { messages }) => sum + messages.length, 0)
  expect(count).toBe(500)
  expect(larger.mailbox('INBOX').messages).toEqual(mail.mailbox('INBOX').messages)
  const list = larger.mailbox('Lists/boring-software').messages
  expect(new Set(list.map(({ octets }) => octets.toString())).size).toBe(list.length)
})

test.each([
  ['a thread', /^In-Reply-To: <potluck-1\.mira@example\.org>\r\nReferences: <potluck-1\.mira@example\.org>\r\n/m],
  ['a PNG', /^Content-Type: image\/png\r\nContent-Disposition: attachment; filename="flower\.png"/m],
  ['a PDF', /^Content-Type: application\/pdf\r\n/m],
  ['an invitation', /^Content-Type: text\/calendar; charset=utf-8; method=REQUEST\r\n/m],
  ['a CSV', /^Content-Type: text\/csv\r\n/m],
  ['a zip archive', /^Content-Type: application\/zip\r\n/m],
  ['Chinese in GB18030', /^Content-Type: text\/plain; charset=gb18030\r\n/m],
  ['Japanese in ISO-2022-JP', /^Content-Type: text\/plain; charset=iso-2022-jp\r\n/m],
  ['Korean in EUC-KR', /^Content-Type: text\/plain; charset=euc-kr\r\n/m],
  ['Arabic in windows-1256', /^Content-Type: text\/plain; charset=windows-1256\r\n/m],
  ['Russian in KOI8-R', /^Content-Type: text\/plain; charset=koi8-r\r\n/m],
  ['quoted-printable', /^Content-Transfer-Encoding: quoted-printable\r\n/m],
  ['base64', /^Content-Transfer-Encoding: base64\r\n/m],
  ['format=flowed', /; format=flowed\r\n/],
  ['HTML beside plain text', /^Content-Type: multipart\/alternative; /m],
  ['a picture within HTML', /^Content-Type: multipart\/related; /m],
  ['a forwarded message', /^Content-Type: message\/rfc822\r\n/m],
  ['encoded words in base64 (RFC 2047)', /^Subject: =\?gb18030\?B\?/m],
  ['encoded words with quoted letters (RFC 2047)', /^Subject: =\?utf-8\?Q\?/m],
  ['a file name by RFC 2231', /filename\*=utf-8''Satzung%20f%C3%BCr/],
  ['octets above 127 in a header', /^Subject: Gr\u00c3\u00bc\u00c3\u009fe/m],
  ['NUL', /\0/],
  ['a bare LF', /[^\r]\n/],
])('there is %s', (_kind, pattern) => {
  expect(all.some(({ octets }) => pattern.test(octets.toString('latin1')))).toBe(true)
})

test('there is a message without Message-ID, one of 0 octets, and one of about 2 MB', () => {
  expect(all.filter(({ octets }) => octets.length === 0)).toHaveLength(1)
  expect(
    all.filter(
      ({ octets }) => /\r\n\r\n/.test(octets.toString('latin1')) && !/^Message-ID:/m.test(octets.toString('latin1')),
    ),
  ).toHaveLength(1)
  const largest = Math.max(...all.map(({ octets }) => octets.length))
  expect(largest).toBeGreaterThan(1_800_000)
  expect(largest).toBeLessThan(2_400_000)
})

test('some messages lie in several mailboxes, octet for octet', () => {
  const paths = new Map<string, string[]>()
  for (const { path, octets } of all) {
    const key = octets.toString('latin1')
    paths.set(key, [...(paths.get(key) ?? []), path])
  }
  expect([...paths.values()].filter((each) => each.length > 1)).toEqual([
    ['INBOX', 'Archive/2025'],
    ['INBOX', 'Archive/2025', 'Trash'],
  ])
})

test('all lines end in CRLF but where it is meant otherwise', () => {
  const bare = all.filter(({ octets }) => /[^\r]\n|\r[^\n]/.test(octets.toString('latin1')))
  expect(bare.map(({ octets }) => /^Subject: (.*)$/m.exec(octets.toString('latin1'))?.[1])).toEqual(['Only line feeds'])
})

test('what is written in a legacy charset reads as it was meant', () => {
  const texts = all.flatMap(({ octets }) => {
    const message = octets.toString('latin1')
    const charset = /charset=(gb18030|iso-2022-jp|euc-kr|windows-1256|koi8-r)\r\n/.exec(message)?.[1]
    if (charset === undefined) return []
    const body = message.slice(message.indexOf('\r\n\r\n') + 4)
    return [new TextDecoder(charset).decode(decodeBody(message, body)).trim().slice(0, 24)]
  })
  expect(texts.toSorted()).toMatchInlineSnapshot(`
    [
      "Добрый день! Отчёт готов",
      "Ключи висят на гвозде за",
      "مرحبا، هذه وصفة الخبز ال",
      "ヴェイル様

    四月九日から二泊のご予約を承り",
      "你好！星期六下午三点在老茶馆见面，好吗？我会带新",
      "안녕하세요. 약속한 책을 오늘 우편으로 보냈",
    ]
  `)
})

function decodeBody(message: string, body: string): Buffer {
  if (message.includes('Encoding: base64')) return Buffer.from(body, 'base64')
  if (!message.includes('Encoding: quoted-printable')) return Buffer.from(body, 'latin1')
  const joined = body.replaceAll('=\r\n', '')
  return Buffer.from(
    joined.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
}

/** The first attachment of that type. */
function file(type: string): Buffer {
  const start = `Content-Type: ${type}\r\n`
  const message = all.find(({ octets }) => octets.includes(start))?.octets.toString('latin1') ?? ''
  return Buffer.from(/\r\n\r\n([^-]*)/.exec(message.slice(message.indexOf(start)))?.[1] ?? '', 'base64')
}

test('the picture is a PNG, and the archive a zip', () => {
  const png = file('image/png')
  const data = png.subarray(png.indexOf('IDAT') + 4, png.indexOf('IEND') - 8)
  expect(inflateSync(data)).toHaveLength(48 * (1 + 48 * 3))
  const zip = file('application/zip')
  expect(zip.readUInt16LE(zip.lastIndexOf('PK\u0005\u0006') + 10)).toBe(2)
  expect(zip.includes('rhubarb-cake.txt')).toBe(true)
})

test('the server tells the structure of every sample message', async () => {
  await using server = await serve(sampleMail())
  await using client = await RawClient.logIn(server.port)
  for (const { wirePath, attributes, messages } of mail.mailboxes) {
    if (!attributes.selectable) continue
    await client.command(`EXAMINE "${wirePath}"`)
    const answer = await client.command('UID FETCH 1:* (ENVELOPE BODYSTRUCTURE)')
    expect(answer.match(/\* \d+ FETCH /g) ?? []).toHaveLength(messages.length)
  }
})
