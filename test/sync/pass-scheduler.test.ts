import { describe, expect, test } from 'vitest'
import { uidSetOf, uidSetOfRanges } from '../../src/model/uid-set.ts'
import { FetchQueue } from '../../src/sync/fetch-queue.ts'
import { MailboxPass } from '../../src/sync/mailbox-pass.ts'
import { PassScheduler } from '../../src/sync/pass-scheduler.ts'
import type { Task } from '../../src/sync/pass-scheduler.ts'
import type { MailboxId } from '../../src/sync/ports.ts'

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a number that stands for a row of no store
const id = 1 as MailboxId

function pass(path: string): MailboxPass {
  const listed = {
    path,
    wirePath: path,
    delimiter: '/',
    specialUse: undefined,
    selectable: true,
    subscribed: true,
    status: undefined,
  }
  return new MailboxPass(listed, { id, path, wirePath: path, epoch: undefined }, 0)
}

/** A pass that has begun, with so many messages to fetch. */
function fetching(path: string, messages: number): MailboxPass {
  const begun = pass(path)
  begun.state = 'fetching'
  begun.queue = new FetchQueue(messages === 0 ? uidSetOf([]) : uidSetOfRanges([[1, messages]]), uidSetOf([]))
  return begun
}

const describeTask = (task: Task | undefined): string =>
  task === undefined ? 'nothing' : `${task.kind} ${task.pass.path}`

describe('the next task of a connection', () => {
  test('is each mailbox in turn, once', () => {
    const scheduler = new PassScheduler([pass('INBOX'), pass('Sent')])
    expect([1, 2, 3].map(() => describeTask(scheduler.next(undefined)))).toEqual([
      'begin INBOX',
      'begin Sent',
      'nothing',
    ])
  })

  test('is a batch of its own mailbox, before anything else', () => {
    const [own, other] = [fetching('INBOX', 1500), pass('Sent')]
    const scheduler = new PassScheduler([own, other])
    expect([1, 2, 3].map(() => describeTask(scheduler.next(own)))).toEqual(['fetch INBOX', 'fetch INBOX', 'begin Sent'])
    expect(own.fetching).toBe(2)
  })

  test('is to finish what has been fetched, before another mailbox begins', () => {
    const done = fetching('INBOX', 0)
    const scheduler = new PassScheduler([done, pass('Sent')])
    expect(describeTask(scheduler.next(undefined))).toBe('finish INBOX')
    expect(describeTask(scheduler.next(undefined))).toBe('begin Sent')
  })

  test('is not to finish while another connection still fetches', () => {
    const [own] = [fetching('INBOX', 10)]
    const scheduler = new PassScheduler([own])
    expect(describeTask(scheduler.next(own))).toBe('fetch INBOX')
    expect(describeTask(scheduler.next(undefined))).toBe('nothing')
    own.fetching--
    expect(describeTask(scheduler.next(undefined))).toBe('finish INBOX')
  })

  test('is to help with a huge mailbox when there is nothing else', () => {
    const huge = fetching('Archive', 5000)
    const scheduler = new PassScheduler([pass('INBOX'), huge])
    expect([1, 2, 3].map(() => describeTask(scheduler.next(undefined)))).toEqual([
      'begin INBOX',
      'fetch Archive',
      'fetch Archive',
    ])
  })

  test('is nothing for a mailbox that has been given up', () => {
    const failing = fetching('INBOX', 5000)
    failing.state = 'failing'
    expect(describeTask(new PassScheduler([failing]).next(failing))).toBe('nothing')
  })
})

test('all is done when every mailbox is', () => {
  const [one, other] = [pass('INBOX'), pass('Sent')]
  const scheduler = new PassScheduler([one, other])
  one.state = 'done'
  expect(scheduler.isDone).toBe(false)
  other.state = 'done'
  expect(scheduler.isDone).toBe(true)
})

test('whoever waits hears of the next change, and only of that', async () => {
  const scheduler = new PassScheduler([])
  const heard: string[] = []
  const first = scheduler.untilChange().then(() => heard.push('first'))
  const second = scheduler.untilChange().then(() => heard.push('second'))
  scheduler.changed()
  await Promise.all([first, second])
  const later = scheduler.untilChange().then(() => heard.push('later'))
  await Promise.resolve()
  expect(heard).toEqual(['first', 'second'])
  scheduler.changed()
  await later
  expect(heard).toEqual(['first', 'second', 'later'])
})
