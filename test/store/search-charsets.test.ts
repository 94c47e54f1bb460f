import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { LegacyEncoder } from '../../src/demo/legacy-encoder.ts'
import type { LegacyCharset } from '../../src/demo/legacy-encoder.ts'
import {
  inBase64,
  inQuotedPrintable,
  multipart,
  textPart,
  wordInBase64,
  wordInQuotes,
  writeEntity,
} from '../../src/demo/mime-writer.ts'
import type { Entity, Field } from '../../src/demo/mime-writer.ts'
import type { Query, TextField } from '../../src/model/query.ts'
import { indexStore } from './indexed-store.ts'
import { commitBatch, messageRow, openMailbox } from './sample-mail.ts'
import { temporaryStorePath, writeStore } from './sample-store.ts'
import { found, openSearcher } from './searched-store.ts'

const fields = ['subject', 'from', 'to', 'cc', 'body', 'filename'] as const
type Planted = Readonly<Record<(typeof fields)[number], readonly string[]>>

/** Words, each of them one to the index whatever stands beside it, that the charset has. */
const wordsOf: Readonly<Record<LegacyCharset | 'utf-8', readonly string[]>> = {
  'utf-8': ['tea', 'Zürich', 'straße', 'МОСКВА', '茶会', '東京', 'カフ', '한국', 'مرحبا', 'café'],
  gb18030: ['tea', '茶会', '东京'],
  'iso-2022-jp': ['tea', '東京', 'カフ'],
  'euc-kr': ['tea', '한국', '하늘'],
  'windows-1256': ['tea', 'مرحبا'],
  'koi8-r': ['tea', 'МОСКВА', 'чай'],
  'iso-8859-1': ['tea', 'Zürich', 'straße', 'café'],
}
const charsets = ['utf-8', 'gb18030', 'iso-2022-jp', 'euc-kr', 'windows-1256', 'koi8-r', 'iso-8859-1'] as const
const encoders = new Map(
  charsets.flatMap((charset) => (charset === 'utf-8' ? [] : [[charset, new LegacyEncoder(charset)] as const])),
)
const vocabulary = [...new Set(Object.values(wordsOf).flat()), 'nowhere', 'decoy']
const count = 3000

function encode(text: string, charset: (typeof charsets)[number]): Buffer {
  return charset === 'utf-8' ? Buffer.from(text) : (encoders.get(charset)?.encode(text) ?? Buffer.from(text))
}

/** The choices of message `id`: every field, charset, encoding and structure comes up with every other. */
function choiceOf(id: number) {
  let rest = Math.imul(id, 2_654_435_761) >>> 0
  return <T>(list: readonly T[]): T => {
    const chosen = list[rest % list.length]
    rest = (Math.imul(rest ^ (rest >>> 15), 2_246_822_519) + id) >>> 0
    if (chosen === undefined) throw new Error('an empty list')
    return chosen
  }
}

interface Made {
  readonly planted: Planted
  readonly octets: Buffer
}

function makeMessage(id: number): Made {
  const choose = choiceOf(id)
  const charset = choose(charsets)
  const some = (): readonly string[] => [choose(wordsOf[charset]), choose(wordsOf[charset])].slice(choose([0, 0, 1, 2]))
  const planted = { subject: some(), from: some(), to: some(), cc: some(), body: some(), filename: some() }
  const encoded = (words: readonly string[]): string => {
    const octets = encode(words.join(' '), charset)
    if (words.length === 0) return ''
    return choose([
      () => wordInBase64(octets, charset),
      () => wordInQuotes(octets, charset),
      // Raw: RFC 6532, or what is against every rule and common.
      () =>
        charset === 'iso-2022-jp' || charset === 'windows-1256'
          ? wordInBase64(octets, charset)
          : octets.toString('latin1'),
    ])()
  }
  const person = (words: readonly string[], name: string): Field[] =>
    words.length === 0 ? [] : [[name, `${encoded(words)} <someone@z.example>`]]
  const body = bodyOf(planted, { choose, encode: (text) => encode(text, charset), charset })
  const own: Field[] = [
    ...(planted.subject.length === 0 ? [] : [['Subject', encoded(planted.subject)] as const]),
    ...person(planted.from, 'From'),
    ...person(planted.to, 'To'),
    ...person(planted.cc, 'Cc'),
    ['Message-ID', `<${id}@z.example>`],
    ['MIME-Version', '1.0'],
  ]
  return { planted, octets: writeEntity({ fields: [...own, ...body.fields], body: body.body }) }
}

interface Writing {
  readonly choose: <T>(list: readonly T[]) => T
  readonly encode: (text: string) => Buffer
  readonly charset: string
}

function bodyOf(planted: Planted, writing: Writing): Entity {
  const { choose, charset } = writing
  const transfer = choose([(part: Entity) => part, inBase64, inQuotedPrintable])
  const text = planted.body.join(' ')
  const plain = (): Entity => transfer(textPart(writing.encode(`Good day,\n${text}\n`), charset))
  const html = (shown: string): Entity => {
    const source = `<html><head><style>decoy</style></head><body><!-- decoy --><p title="decoy">${shown}</p><script>decoy</script></body></html>`
    return transfer(textPart(writing.encode(source), charset, 'text/html'))
  }
  const shown = choose([
    plain,
    () => html(text),
    // As references: no charset is asked.
    () => html(text.replaceAll(/[^\w ]/gu, (character) => `&#${character.codePointAt(0) ?? 0};`)),
    () => multipart('alternative', 'alt', [plain(), html(`decoy ${text}`)]),
    () => multipart('related', 'rel', [html(text)]),
  ])()
  const name = planted.filename.join(' ')
  if (name === '') return choose([shown, multipart('mixed', 'mix', [shown])])
  return multipart('mixed', 'mix', [shown, attachment(name, writing)])
}

function attachment(name: string, { choose, encode: encodeText, charset }: Writing): Entity {
  const octets = encodeText(name)
  const percent = [...octets].map((octet) => `%${octet.toString(16).padStart(2, '0')}`).join('')
  const cut = Math.ceil(percent.length / 6) * 3
  const named: Field[] = choose<Field[]>([
    [['Content-Disposition', `attachment; filename*=${charset}''${percent}`]],
    [
      [
        'Content-Disposition',
        `attachment; filename*0*=${charset}''${percent.slice(0, cut)}; filename*1*=${percent.slice(cut)}`,
      ],
    ],
    [['Content-Disposition', `attachment; filename="${wordInBase64(octets, charset)}"`]],
    [['Content-Disposition', `attachment; filename=${wordInQuotes(octets, charset)}`]],
  ])
  const part = { fields: [['Content-Type', 'application/octet-stream'] as const, ...named], body: Buffer.from('decoy') }
  return choose([part, inBase64(part)])
}

const word = (text: string, field: TextField | undefined): Query => ({ kind: 'text', field, text, prefix: false })

const fold = (text: string): string =>
  text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll('ß', 'ss')

function holds(query: Query, planted: Planted): boolean {
  if (query.kind === 'and') return query.of.every((part) => holds(part, planted))
  if (query.kind === 'or') return query.of.some((part) => holds(part, planted))
  if (query.kind === 'not') return !holds(query.of, planted)
  if (query.kind !== 'text') throw new Error(query.kind)
  const asked = fields.filter((field) => query.field === undefined || query.field === field)
  return asked.some((field) => planted[field].some((own) => fold(own) === fold(query.text)))
}

const queries = fc.letrec<{ query: Query }>((tie) => ({
  query: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom(...vocabulary), fc.constantFrom(undefined, ...fields))
        .map(([text, field]) => word(text, field)),
    },
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      of: fc.array(tie('query'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('not' as const), of: tie('query') }),
  ),
})).query

test('F85 words planted in every field, charset, transfer encoding and structure are found, and no others', async () => {
  const path = temporaryStorePath()
  const made = Array.from({ length: count }, (_, index) => makeMessage(index + 1))
  await writeStore(path, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, {
      messages: made.map(({ octets }, index) => [messageRow(index + 1), octets.toString('latin1')]),
    })
  })
  await indexStore(path)
  const reader = await openSearcher(path)
  const expected = (query: Query): readonly number[] =>
    made.flatMap(({ planted }, index) => (holds(query, planted) ? [index + 1] : []))
  const actual = (query: Query): readonly number[] => found(reader, query).toSorted((left, right) => left - right)
  for (const text of vocabulary) {
    for (const field of [undefined, ...fields]) {
      const query = word(text, field)
      expect({ text, field, ids: actual(query) }).toEqual({ text, field, ids: expected(query) })
      expect(expected(query).length).toBeGreaterThanOrEqual(text === 'nowhere' || text === 'decoy' ? 0 : 6)
    }
  }
  fc.assert(
    fc.property(queries, (query) => {
      expect(actual(query)).toEqual(expected(query))
    }),
    { numRuns: 300 },
  )
}, 60_000)
