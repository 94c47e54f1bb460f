import type { MailStore } from '../../src/demo/mail-store.ts'
import { emptyServer, fill, flagged, letter, letterOf, seen, smallServer } from './letters.ts'
import type { SyncCase } from './sync-case-runner.ts'

/** What lies in `smallServer`: parents that hold nothing are mailboxes too. */
const smallLog = { 'mailbox-added': 5, 'epoch-started': 4, 'message-added': 10 }

const firstSyncs: readonly SyncCase[] = [
  { name: 'a first sync', server: smallServer, mirror: 'nothing', bodies: 10, log: smallLog },
  {
    name: 'an account with nothing but an empty INBOX',
    server: emptyServer,
    mirror: 'nothing',
    bodies: 0,
    log: { 'mailbox-added': 1, 'epoch-started': 1 },
  },
  {
    name: 'a message of 0 octets, one with NUL and one of 5 MB (F79)',
    server: emptyServer,
    mirror: 'synced',
    change: (store) => {
      store.append('INBOX', Buffer.alloc(0))
      store.append('INBOX', Buffer.from('Subject: a\0b\n\nbare\rCR, bare\nLF, \xff and no end', 'latin1'))
      store.append('INBOX', letterOf(5_000_000, 'holiday film'))
      store.append('INBOX', letter('after the film'))
    },
    bodies: 4,
    log: { 'message-added': 4 },
  },
  {
    name: 'mailboxes with names beyond ASCII, and with spaces, quotes and stars',
    server: emptyServer,
    mirror: 'nothing',
    change: (store) => {
      for (const path of ['Работа', 'A & B', 'say "hi" \\o/ 日本']) {
        store.createMailbox(path)
        fill(store, path, 1)
      }
    },
    bodies: 3,
    log: { 'mailbox-added': 5, 'epoch-started': 4, 'message-added': 3 },
  },
  {
    name: 'UIDs near 2^32−1',
    server: emptyServer,
    mirror: 'nothing',
    change: (store) => {
      const uids = [1, 2_147_483_647, 2_147_483_648, 4_294_967_293, 4_294_967_294]
      for (const uid of uids) store.append('INBOX', letter(`number ${uid}`), { uid })
    },
    bodies: 5,
    log: { 'mailbox-added': 1, 'epoch-started': 1, 'message-added': 5 },
  },
  {
    name: 'F56 one message under 1,200 UIDs',
    server: emptyServer,
    mirror: 'nothing',
    change: (store) => {
      store.append('INBOX', letter('all the same'))
      const inbox = store.mailbox('INBOX')
      for (const message of inbox.messages.slice())
        for (let copies = 1; copies < 1200; copies++) store.copy(message, inbox)
    },
    bodies: 1200,
    log: { 'mailbox-added': 1, 'epoch-started': 1, 'message-added': 1200 },
  },
  {
    name: 'F37 the same UIDs and UIDVALIDITY in two mailboxes',
    server: twins,
    mirror: 'nothing',
    bodies: 6,
    log: { 'mailbox-added': 3, 'epoch-started': 3, 'message-added': 6 },
  },
]

function twins(): MailStore {
  const store = emptyServer()
  for (const path of ['Left', 'Right']) {
    store.createMailbox(path, { uidValidity: 77 })
    fill(store, path, 3)
  }
  return store
}

const messageChanges: readonly SyncCase[] = [
  {
    name: 'new mail',
    server: smallServer,
    mirror: 'synced',
    change: (store) => fill(store, 'INBOX', 3),
    bodies: 3,
    log: { 'message-added': 3 },
  },
  {
    name: 'new mail in every mailbox',
    server: smallServer,
    mirror: 'synced',
    change: (store) => {
      for (const path of ['INBOX', 'Archive/2024', 'Sent', 'Drafts']) fill(store, path, 2)
    },
    bodies: 8,
    log: { 'message-added': 8 },
  },
  {
    name: 'F52 mail that is appended today with an internal date of 2001',
    server: smallServer,
    mirror: 'synced',
    change: (store) =>
      store.append('Archive/2024', letter('found in a drawer'), { internalDate: '02-Feb-2001 03:04:05 -0330' }),
    bodies: 1,
    log: { 'message-added': 1 },
  },
  {
    name: 'F65 flags that change, and nothing else',
    server: smallServer,
    mirror: 'synced',
    change: (store) => {
      store.setFlags('INBOX', 1, [seen, flagged])
      store.setFlags('INBOX', 3, [])
      store.setFlags('Sent', 2, [seen])
    },
    bodies: 0,
    log: { 'flags-changed': 3 },
  },
  {
    name: 'keywords that come and go',
    server: () => {
      const store = smallServer()
      store.setFlags('INBOX', 2, ['$Junk', 'Holiday', seen])
      return store
    },
    mirror: 'synced',
    change: (store) => {
      store.setFlags('INBOX', 2, ['Holiday', '$NotJunk'])
      store.setFlags('INBOX', 4, ['$Forwarded'])
    },
    bodies: 0,
    log: { 'flags-changed': 2 },
  },
  {
    name: 'F65 one expunged message',
    server: smallServer,
    mirror: 'synced',
    change: (store) => store.expunge('INBOX', [2]),
    bodies: 0,
    log: { 'message-removed': 1 },
  },
  {
    name: 'F65 one message expunged and one appended, so that the counts are equal',
    server: smallServer,
    mirror: 'synced',
    change: (store) => {
      store.expunge('INBOX', [2])
      fill(store, 'INBOX', 1)
    },
    bodies: 1,
    log: { 'message-removed': 1, 'message-added': 1 },
  },
  {
    name: 'F50 a mailbox of which all messages are expunged',
    server: () => {
      const store = smallServer()
      fill(store, 'INBOX', 20)
      return store
    },
    mirror: 'synced',
    change: (store) =>
      store.expunge(
        'INBOX',
        Array.from({ length: 25 }, (_, index) => index + 1),
      ),
    bodies: 0,
    log: { 'message-removed': 25 },
  },
  {
    name: 'F37 messages expunged in one of two mailboxes with the same UIDs and UIDVALIDITY',
    server: twins,
    mirror: 'synced',
    change: (store) => {
      store.expunge('Left', [1, 2])
      store.setFlags('Right', 2, [flagged])
    },
    bodies: 0,
    log: { 'message-removed': 2, 'flags-changed': 1 },
  },
  {
    name: 'F58 messages that are moved to another mailbox',
    server: smallServer,
    mirror: 'synced',
    change: (store) => {
      const inbox = store.mailbox('INBOX')
      for (const message of inbox.messages.slice(1, 3)) store.copy(message, store.mailbox('Archive/2024'))
      store.expunge('INBOX', [2, 3])
    },
    bodies: 2,
    log: { 'message-removed': 2, 'message-added': 2 },
  },
  {
    name: 'new mail, changed flags and expunged messages at once',
    server: smallServer,
    mirror: 'synced',
    change: (store) => {
      fill(store, 'INBOX', 2)
      store.setFlags('INBOX', [1, 6], [flagged])
      store.expunge('INBOX', [3])
      store.expunge('Archive/2024', [1])
      fill(store, 'Drafts', 1)
    },
    bodies: 3,
    log: { 'message-added': 3, 'flags-changed': 1, 'message-removed': 2 },
  },
]

const mailboxChanges: readonly SyncCase[] = [
  {
    name: 'a new mailbox',
    server: smallServer,
    mirror: 'synced',
    change: (store) => {
      store.createMailbox('Lists/tea')
      fill(store, 'Lists/tea', 2)
    },
    bodies: 2,
    log: { 'mailbox-added': 2, 'epoch-started': 1, 'message-added': 2 },
  },
  {
    name: 'a deleted mailbox',
    server: smallServer,
    mirror: 'synced',
    change: (store) => store.deleteMailbox('Sent'),
    bodies: 0,
    log: { 'mailbox-removed': 1, 'message-removed': 2 },
  },
  {
    name: 'F47 a deleted mailbox that stays as the parent of others',
    server: () => {
      const store = smallServer()
      store.createMailbox('Sent/2023')
      fill(store, 'Sent/2023', 1)
      return store
    },
    mirror: 'synced',
    change: (store) => store.deleteMailbox('Sent'),
    bodies: 0,
    log: { 'message-removed': 2 },
  },
  {
    name: 'F45 a renamed mailbox, whose placements stay',
    server: smallServer,
    mirror: 'synced',
    change: (store) => store.rename('Archive/2024', 'Archive/The year 2024'),
    bodies: 0,
    log: { 'mailbox-added': 1, 'mailbox-renamed': 1 },
  },
  {
    name: 'F45 a renamed mailbox with new mail, changed flags and an expunged message',
    server: smallServer,
    mirror: 'synced',
    change: (store) => {
      store.rename('Archive/2024', 'Old')
      fill(store, 'Old', 1)
      store.setFlags('Old', 1, [flagged])
      store.expunge('Old', [2])
    },
    bodies: 1,
    log: { 'mailbox-added': 1, 'mailbox-renamed': 1, 'message-added': 1, 'flags-changed': 1, 'message-removed': 1 },
  },
  {
    name: 'F45 a mailbox that is deleted beside a new one with its UIDVALIDITY and UIDs, but other messages',
    server: smallServer,
    mirror: 'synced',
    change: (store) => {
      const { uidValidity } = store.mailbox('Sent')
      store.deleteMailbox('Sent')
      store.createMailbox('Outbox', { uidValidity })
      for (const subject of ['a letter of another length', 'and another one']) store.append('Outbox', letter(subject))
    },
    bodies: 2,
    log: { 'mailbox-removed': 1, 'message-removed': 2, 'mailbox-added': 1, 'epoch-started': 1, 'message-added': 2 },
  },
  {
    name: 'F33 a mailbox that is deleted and made again under the same name',
    server: smallServer,
    mirror: 'synced',
    change: (store) => {
      store.deleteMailbox('Sent')
      store.createMailbox('Sent', { specialUse: String.raw`\Sent` })
      store.append('Sent', letter('another letter'))
    },
    bodies: 1,
    log: { 'epoch-started': 1, 'message-added': 1 },
  },
  {
    name: 'F33 a UIDVALIDITY that goes up',
    server: smallServer,
    mirror: 'synced',
    change: (store) => store.setUidValidity('INBOX', 5000),
    bodies: 0,
    log: { 'epoch-started': 1, 'message-added': 5 },
  },
  {
    name: 'F34 a UIDVALIDITY that goes down',
    server: smallServer,
    mirror: 'synced',
    change: (store) => {
      store.setUidValidity('INBOX', 5)
      store.setFlags('INBOX', 2, [flagged])
      fill(store, 'INBOX', 1)
    },
    bodies: 1,
    log: { 'epoch-started': 1, 'message-added': 6 },
  },
]

export const syncCases: readonly SyncCase[] = [...firstSyncs, ...messageChanges, ...mailboxChanges]
