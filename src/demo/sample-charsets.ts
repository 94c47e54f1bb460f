import { addressOf, writeMessage } from './sample-message.ts'
import { inBase64, inQuotedPrintable, textPart, wordInBase64, wordInQuotes } from './mime-writer.ts'
import { LegacyEncoder } from './legacy-encoder.ts'
import { owner } from './sample-people.ts'
import type { LegacyCharset } from './legacy-encoder.ts'
import type { SampleMessage } from './sample-message.ts'

interface ForeignLetter {
  readonly charset: LegacyCharset | 'utf-8'
  readonly mailbox: string
  /** In the letter's charset, as is the subject. */
  readonly name: string
  readonly address: string
  readonly subject: string
  readonly text: string
  readonly date: string
}

const letters: readonly ForeignLetter[] = [
  {
    charset: 'gb18030',
    mailbox: 'INBOX',
    name: '林小雨',
    address: 'xiaoyu@example.com',
    subject: '周末的茶会',
    text: '你好！星期六下午三点在老茶馆见面，好吗？我会带新茶和花生。',
    date: '2025-04-20T02:00:00Z',
  },
  {
    charset: 'utf-8',
    mailbox: 'INBOX',
    name: '林小雨',
    address: 'xiaoyu@example.com',
    subject: '茶馆的照片',
    text: '茶会很愉快，照片过几天寄给你。那只猫又在窗台上睡着了。',
    date: '2025-04-27T02:00:00Z',
  },
  {
    charset: 'iso-2022-jp',
    mailbox: 'Travel/日本 2025',
    name: '山道旅館',
    address: 'yoyaku@inn.example.com',
    subject: 'ご予約の確認',
    text: 'ヴェイル様\n\n四月九日から二泊のご予約を承りました。\n駅から歩いて十分ほどです。お待ちしております。',
    date: '2025-02-10T01:30:00Z',
  },
  {
    charset: 'utf-8',
    mailbox: 'Travel/日本 2025',
    name: '山道旅館',
    address: 'yoyaku@inn.example.com',
    subject: '朝食について',
    text: '朝食は七時からです。お魚と卵、どちらになさいますか。',
    date: '2025-03-30T01:30:00Z',
  },
  {
    charset: 'euc-kr',
    mailbox: 'INBOX',
    name: '하늘',
    address: 'haneul@example.net',
    subject: '새 책을 보냅니다',
    text: '안녕하세요. 약속한 책을 오늘 우편으로 보냈습니다. 다음 주에 도착할 거예요.',
    date: '2025-03-11T05:00:00Z',
  },
  {
    charset: 'windows-1256',
    mailbox: 'INBOX',
    name: 'سلمى',
    address: 'salma@example.net',
    subject: 'وصفة الخبز',
    text: 'مرحبا، هذه وصفة الخبز التي طلبتها: طحين وماء وملح وقليل من الصبر.',
    date: '2025-03-15T14:00:00Z',
  },
  {
    charset: 'utf-8',
    mailbox: 'Archive/2025',
    name: 'سلمى',
    address: 'salma@example.net',
    subject: 'شكرا على الصور',
    text: 'الحديقة جميلة جدا في الربيع. سلامي للجميع.',
    date: '2025-04-01T14:00:00Z',
  },
  {
    charset: 'koi8-r',
    mailbox: 'Работа',
    name: 'Вера Тихая',
    address: 'tikhaya@example.org',
    subject: 'Отчёт за март',
    text: 'Добрый день! Отчёт готов, осталось проверить таблицу на третьей странице.',
    date: '2025-04-03T07:00:00Z',
  },
  {
    charset: 'utf-8',
    mailbox: 'Работа',
    name: 'Вера Тихая',
    address: 'tikhaya@example.org',
    subject: 'Встреча в четверг',
    text: 'Встречаемся в десять у окна с видом на реку. Чай будет.',
    date: '2025-04-08T07:00:00Z',
  },
  {
    charset: 'koi8-r',
    mailbox: 'Работа',
    name: 'Пётр Лесной',
    address: 'lesnoy@example.org',
    subject: 'Ключи от архива',
    text: 'Ключи висят на гвозде за шкафом. Пожалуйста, верните их до пятницы.',
    date: '2025-04-15T07:00:00Z',
  },
  {
    charset: 'iso-8859-1',
    mailbox: 'INBOX',
    name: 'Zoé Lémery',
    address: 'zoe@example.com',
    subject: 'Réponse à ta question',
    text: 'Oui, le marché est ouvert dès sept heures. Les pêches sont déjà là, et ça sent l’été… presque !'
      .replace('’', "'")
      .replace('…', '...'),
    date: '2025-05-17T08:00:00Z',
  },
  {
    charset: 'utf-8',
    mailbox: 'INBOX',
    name: 'June 🎶',
    address: 'june.pell@example.com',
    subject: 'Rehearsal moved 🎉 to Wednesday 🐦',
    text: 'The cuckoo 🐦 is ready. Are you? 👩‍👩‍👧‍👦 bring everybody ❤️',
    date: '2025-05-20T10:00:00Z',
  },
]

/** Letters in many scripts: legacy charsets and UTF-8, words encoded by RFC 2047 in both ways. */
export function sampleForeignLetters(): readonly SampleMessage[] {
  return letters.map((letter, index) => {
    const { charset, mailbox } = letter
    const encode = encoderOf(charset)
    const toWord = index % 2 === 0 ? wordInBase64 : wordInQuotes
    const date = new Date(letter.date)
    const heading = {
      from: `${toWord(encode(letter.name), charset)} <${letter.address}>`,
      to: addressOf(owner),
      subject: splitWords(letter.subject)
        .map((words) => toWord(encode(words), charset))
        .join(' '),
      date,
      id: `letter-${index + 1}.${letter.address}`,
    }
    const part = textPart(encode(`${letter.text}\n`), charset)
    // ISO-2022-JP is made for seven bits; the others travel in all ways.
    const ways = [inBase64(part), inQuotedPrintable(part), part]
    const content = charset === 'iso-2022-jp' ? part : (ways[index % 3] ?? part)
    const flags = index % 3 === 0 ? [] : [String.raw`\Seen`]
    return { mailboxes: [mailbox], date, flags, octets: writeMessage(heading, content) }
  })
}

function encoderOf(charset: ForeignLetter['charset']): (text: string) => Buffer {
  if (charset === 'utf-8') return (text) => Buffer.from(text, 'utf8')
  const encoder = new LegacyEncoder(charset)
  return (text) => encoder.encode(text)
}

const charactersPerWord = 9

/** An encoded word has at most 75 octets (RFC 2047 §2), and none ends within a character. */
function splitWords(text: string): readonly string[] {
  const characters = Array.from(text)
  const words: string[] = []
  for (let start = 0; start < characters.length; start += charactersPerWord) {
    words.push(characters.slice(start, start + charactersPerWord).join(''))
  }
  return words
}
