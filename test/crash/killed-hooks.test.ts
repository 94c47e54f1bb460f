import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { startReceiver } from '../delivery/hook-receiver.ts'
import { seqsFrom } from '../hooks/hooked-store.ts'
import { addHook, listedHooks } from '../support/hooked-home.ts'
import { homeAt, letterOf, mailOf, mirrorOf } from '../support/mirrored-home.ts'
import type { Home } from '../support/mirrored-home.ts'
import { startCommand } from '../support/run-command.ts'
import type { RunningCommand } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { Watching } from '../support/watching.ts'

/** The numbers of all changes: a mailbox, its epoch, 250 messages. */
const last = 252

async function mirrored(): Promise<Home> {
  const letters = Array.from({ length: 250 }, (_, at) => letterOf(`number ${at}`))
  return mirrorOf(mailOf({ INBOX: letters }))
}

/** Where the program is when it dies: the receiver has what was sent, or has also answered. */
const moments = ['told', 'answered'] as const

test.each(moments)(
  'kill -9 when a receiver has %s: all arrives, in order, and only that delivery twice',
  async (moment) => {
    const home = await mirrored()
    const order: (readonly number[])[] = []
    let running: RunningCommand | undefined
    const kill = (): void => void running?.child.kill('SIGKILL')
    let killsAt = 0
    const receiver = await startReceiver({
      answer: ({ seqs }, response) => {
        order.push(seqs)
        if (order.length !== killsAt) return 200
        if (moment === 'told') kill()
        else response.writeHead(200, { connection: 'close' }).end('noted', kill)
        return undefined
      },
    })
    addHook(home, 'archive', { url: receiver.url })
    const { status } = await home.run('hooks', 'rewind', 'archive', '--since', '0')
    expect(status).toBe(0)
    const cursors: number[] = []
    for (let crash = 0; crash < 3; crash++) {
      killsAt = order.length + 1 + (crash > 0 ? 1 : 0)
      running = startCommand(home.args('hooks', 'flush'))
      const ended = await running.ended
      const [{ cursor } = { cursor: -1 }] = await listedHooks(home)
      cursors.push(cursor)
      const told = new Set(order.flat())
      // Never ahead of what has arrived.
      expect(seqsFrom(1, cursor).filter((seq) => !told.has(seq))).toEqual([])
      // After the answer the program may be sooner than the signal.
      expect(moment === 'answered' || ended.signal === 'SIGKILL').toBe(true)
    }
    expect((await home.run('hooks', 'flush')).status).toBe(0)
    const firsts = order.flat().filter((seq, at, all) => all.indexOf(seq) === at)
    expect(firsts).toEqual(seqsFrom(1, last))
    const twice = order.filter((seqs, at) => order.findIndex((one) => one[0] === seqs[0]) !== at)
    expect(twice.length).toBeLessThanOrEqual(3)
    expect(cursors.toSorted((left, right) => left - right)).toEqual(cursors)
  },
)

test.each(moments)(
  'kill -9 of a watch when a receiver has %s: all that came meanwhile arrives, in order, twice only what it was told then',
  async (moment) => {
    const mail = mailOf({ INBOX: [letterOf('first')] })
    await using server = await startDemoServer({ store: mail, users: { ada: password } })
    const home = homeAt(server.port)
    const order: (readonly number[])[] = []
    let running: RunningCommand | undefined
    let isFatal = false
    const kill = (): void => void running?.child.kill('SIGKILL')
    const receiver = await startReceiver({
      answer: ({ seqs }, response) => {
        order.push(seqs)
        if (!isFatal) return 200
        isFatal = false
        if (moment === 'told') kill()
        else response.writeHead(200, { connection: 'close' }).end('noted', kill)
        return undefined
      },
    })
    addHook(home, 'archive', { url: receiver.url })
    for (let crash = 0; crash < 4; crash++) {
      const watching = new Watching(home)
      running = watching.command
      await watching.next('account-finished')
      isFatal = true
      mail.append('INBOX', Buffer.from(letterOf(`number ${crash}`)))
      expect((await watching.command.ended).signal).toBe('SIGKILL')
    }
    const watching = new Watching(home)
    while (new Set(order.flat()).size < 7) await watching.next('changes-delivered')
    await watching.end('SIGTERM')
    const firsts = order.flat().filter((seq, at, all) => all.indexOf(seq) === at)
    expect(firsts).toEqual(seqsFrom(1, 7))
    const twice = order.filter((seqs, at) => order.findIndex((one) => one[0] === seqs[0]) !== at)
    expect(twice.length).toBeLessThanOrEqual(4)
    expect(moment === 'answered' || twice.length > 0).toBe(true)
  },
)

test('kill -9 by the program that is told, before it is done: it gets the same again', async () => {
  const home = await mirrored()
  const out = join(home.home, 'out')
  const script = `cat >>"$1"; [ -e "$1.killed" ] || { touch "$1.killed"; kill -9 $PPID; }`
  addHook(home, 'archive', { command: ['/bin/sh', '-c', script, 'sh', out] })
  await home.run('hooks', 'rewind', 'archive', '--since', '0')
  expect((await startCommand(home.args('hooks', 'flush')).ended).signal).toBe('SIGKILL')
  expect((await listedHooks(home)).map(({ cursor }) => cursor)).toEqual([0])
  expect((await home.run('hooks', 'flush')).status).toBe(0)
  const seqs = readFileSync(out, 'utf8')
    .trim()
    .split('\n')
    .map((line) => Number(/"seq":(\d+)/.exec(line)?.[1]))
  expect(seqs).toEqual([...seqsFrom(1, 100), ...seqsFrom(1, last)])
})
