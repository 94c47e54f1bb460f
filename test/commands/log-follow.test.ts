import { execFileSync, spawn } from 'node:child_process'
import { closeSync, constants, copyFileSync, mkdirSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import Sqlite from 'better-sqlite3'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { EpochId, MirrorStore } from '../../src/sync/ports.ts'
import { commitBatch, listedMailbox, message, messageRow, openMailbox } from '../store/sample-mail.ts'
import { openWriter } from '../store/sample-store.ts'
import { runCommand, startCommand } from '../support/run-command.ts'
import type { RunningCommand } from '../support/run-command.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const containing = (text: string): unknown => expect.stringContaining(text)

interface Line {
  readonly type?: string
  readonly store?: string
  readonly seq: number
  readonly kind?: string
  readonly mailbox?: string
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `log` is said to print; the tests look
const parse = (line: string): Line => JSON.parse(line) as Line

/** A follower as a program of its own. */
class FollowerProcess {
  readonly lines: Line[] = []
  readonly running: RunningCommand
  #wanted: { readonly isIt: (line: Line) => boolean; readonly resolve: () => void } | undefined

  constructor(config: string, ...args: readonly string[]) {
    this.running = startCommand(['-c', config, 'log', '--follow', ...args])
    this.running.onLine = (text) => {
      const line = parse(text)
      this.lines.push(line)
      if (this.#wanted?.isIt(line) === true) this.#wanted.resolve()
    }
    onTestFinished(() => {
      this.running.child.kill('SIGKILL')
    })
  }

  /** Resolves when such a line has come. */
  async until(isIt: (line: Line) => boolean): Promise<void> {
    if (this.lines.some(isIt)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wanted = { isIt, resolve }
    await promise
  }

  untilSeq(seq: number): Promise<void> {
    return this.until((line) => line.type === undefined && line.seq === seq)
  }

  get seqs(): readonly number[] {
    return this.lines.filter(({ type }) => type === undefined).map(({ seq }) => seq)
  }

  async end(signal: NodeJS.Signals): Promise<unknown> {
    this.running.child.kill(signal)
    const { status, stderr } = await this.running.ended
    return { status, stderr }
  }
}

const upTo = (last: number, first = 1): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

async function write(store: MirrorStore, epoch: EpochId, batches: number): Promise<void> {
  for (let done = 0; done < batches; done += 25) {
    const uids = upTo(Math.min(batches, done + 25), done + 1)
    await Promise.all(uids.map((uid) => commitBatch(store, epoch, { messages: [message(uid)] })))
  }
}

test('five followers of a store that is written to are given each change of thousands of batches once, in order', async () => {
  const { config, stores } = configFor('mail')
  const batches = 3000
  const store = await openWriter(stores[0] ?? '')
  const { id } = await openMailbox(store, 'INBOX')
  const followers = upTo(5).map(() => new FollowerProcess(config))
  const last = batches + 2
  // One of them is killed in the midst of it, and begins again after what it has seen.
  const [killed] = followers
  await Promise.all(followers.map((follower) => follower.untilSeq(2)))
  const writing = write(store, id, batches)
  await killed?.untilSeq(20)
  await killed?.end('SIGKILL')
  const seen = killed?.seqs ?? []
  const resumed = new FollowerProcess(config, '--since', `${seen.at(-1)}`)
  await writing
  await Promise.all([...followers.slice(1), resumed].map((follower) => follower.untilSeq(last)))
  for (const follower of followers.slice(1)) {
    expect(follower.seqs).toEqual(upTo(last))
    expect(await follower.end('SIGINT')).toEqual({ status: 130, stderr: '' })
  }
  expect([...seen, ...resumed.seqs]).toEqual(upTo(last))
  expect(await resumed.end('SIGTERM')).toEqual({ status: 143, stderr: '' })
  await store.close()
})

function textFor(...stores: readonly string[]): string {
  const names = ['work', 'home']
  return stores
    .map(
      (store, index) => `
[accounts.${names[index]}]
email = "${names[index]}@example.org"
store = ${JSON.stringify(store)}
[accounts.${names[index]}.imap]
host = "127.0.0.1"
port = 1
security = "none"
password = { env = "X" }
`,
    )
    .join('')
}

function configFor(...names: readonly string[]): { readonly config: string; readonly stores: readonly string[] } {
  const home = join(temporaryDirectory(), 'home')
  mkdirSync(home, { mode: 0o700 })
  const stores = names.map((name) => join(home, `${name}.db`))
  const config = join(home, 'config.toml')
  writeFileSync(config, textFor(...stores), { mode: 0o600 })
  return { config, stores }
}

test('a store that is made later is followed, a copy in its place too, and who hears nothing is told so', async () => {
  const { config, stores } = configFor('mail')
  const [path = ''] = stores
  const follower = new FollowerProcess(config, '--keep-alive', '100ms')
  await follower.until(({ type }) => type === 'keep-alive')
  expect(follower.lines.at(0)).toMatchObject({ v: 1, type: 'keep-alive', seq: 0 })
  const store = await openWriter(path)
  await openMailbox(store, 'INBOX')
  await follower.untilSeq(2)
  await store.close()
  copyFileSync(path, `${path}.copy`)
  renameSync(`${path}.copy`, path)
  const again = await openWriter(path)
  await openMailbox(again, 'Archive')
  await follower.untilSeq(4)
  await follower.until(({ type, seq }) => type === 'keep-alive' && seq === 4)
  await again.close()
  expect(follower.seqs).toEqual([1, 2, 3, 4])
  expect(await follower.end('SIGINT')).toEqual({ status: 130, stderr: '' })
})

test('a follower whose reader goes away ends without a word', async () => {
  const { config, stores } = configFor('mail')
  const store = await openWriter(stores[0] ?? '')
  await openMailbox(store, 'INBOX')
  const follower = new FollowerProcess(config, '--keep-alive', '50ms')
  await follower.untilSeq(2)
  follower.running.child.stdout?.destroy()
  await once(follower.running.child, 'exit')
  expect(await follower.running.ended).toMatchObject({ status: 0, stderr: '' })
  await store.close()
})

test.for([
  ['log --follow', 'SIGINT'],
  ['log --follow', 'SIGTERM'],
  ['log', 'SIGTERM'],
] as const)('%s whose reader has stopped reading is ended by %s all the same', async ([words, signal]) => {
  const { config, stores } = configFor('mail')
  const [path = ''] = stores
  const store = await openWriter(path)
  await openMailbox(store, 'INBOX')
  await store.close()
  lengthenLog(path, 20_000)
  const pipe = openPipe()
  const child = spawn(process.execPath, [program, '-c', config, ...words.split(' ')], {
    stdio: ['ignore', pipe.toWrite, 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  // It has filled the pipe long before another program has come and gone.
  do await runCommand(['-c', config, 'log', '--since', '20000'])
  while (!pipe.readSome())
  await runCommand(['-c', config, 'log', '--since', '20000'])
  child.kill(signal)
  await once(child, 'exit')
  expect(child.exitCode).toBe(signal === 'SIGINT' ? 130 : 143)
})

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** One that makes whoever writes wait, as those of a shell do. */
function openPipe() {
  const path = join(temporaryDirectory(), 'pipe')
  execFileSync('sh', ['-c', 'mkfifo "$0"', path])
  const toRead = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const toWrite = openSync(path, constants.O_WRONLY)
  onTestFinished(() => [toRead, toWrite].forEach((descriptor) => closeSync(descriptor)))
  const readSome = (): boolean => {
    try {
      return readSync(toRead, Buffer.alloc(1)) > 0
    } catch {
      return false
    }
  }
  return { toWrite, readSome }
}

function lengthenLog(path: string, rows: number): void {
  const editor = new Sqlite(path)
  editor
    .prepare(
      `WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
       INSERT INTO change (run, at, mailbox, epoch, uid, kind, before, after)
       SELECT run, at, mailbox, epoch, uid, kind, before, after FROM change, number WHERE seq = 1`,
    )
    .run(rows)
  editor.close()
}

test('of several stores each line names its own, and each goes on after its own number', async () => {
  const { config, stores } = configFor('one', 'two')
  const [one, two] = [await openWriter(stores[0] ?? ''), await openWriter(stores[1] ?? '')]
  await openMailbox(one, 'INBOX')
  await recordFor(two, 'home', ['INBOX', 'Sent'])
  const placesOf = ({ lines }: FollowerProcess) => lines.map(({ store, seq }) => `${store}:${seq}`).toSorted()
  const all = new FollowerProcess(config)
  await all.until(({ store, seq }) => store === 'two' && seq === 2)
  await all.until(({ store, seq }) => store === 'one' && seq === 2)
  expect(placesOf(all)).toEqual(['one:1', 'one:2', 'two:1', 'two:2'])
  const rest = new FollowerProcess(config, '--since', 'one:1', '--since', 'two:2')
  await rest.untilSeq(2)
  await recordFor(two, 'home', ['INBOX', 'Sent', 'New'])
  await rest.untilSeq(3)
  expect(placesOf(rest)).toEqual(['one:2', 'two:3'])
  await Promise.all([one.close(), two.close()])
  await Promise.all([all.end('SIGINT'), rest.end('SIGINT')])
  const { stdout } = await runCommand(['-c', config, 'log', '--since', 'two:2', '--since', 'one:2'])
  expect(stdout.split('\n').filter(Boolean).map(parse)).toMatchObject([{ store: 'two', seq: 3, mailbox: 'New' }])
  for (const [since, told] of [
    [['5'], 'a sequence number belongs to one store'],
    [['one:1', 'one:2'], 'comes after another for the same store'],
    [['three:1'], 'is neither a sequence number nor a date'],
  ] as const) {
    const args = since.flatMap((text) => ['--since', text])
    expect(await runCommand(['-c', config, 'log', ...args])).toMatchObject({
      status: 64,
      stderr: containing(told),
    })
  }
})

async function recordFor(store: MirrorStore, account: string, paths: readonly string[]): Promise<void> {
  await store.recordMailboxes(
    account,
    paths.map((path) => listedMailbox(path)),
  )
}

test('without a selection the log has no gaps, also where an account is not in the config, or is renamed meanwhile', async () => {
  const { config, stores } = configFor('mail')
  const store = await openWriter(stores[0] ?? '')
  await recordFor(store, 'former', ['INBOX'])
  await recordFor(store, 'work', ['INBOX'])
  const [all, own] = [new FollowerProcess(config), new FollowerProcess(config, 'work')]
  await Promise.all([all.untilSeq(2), own.untilSeq(2)])
  await recordFor(store, 'later', ['INBOX'])
  await recordFor(store, 'work', ['INBOX', 'New'])
  await Promise.all([all.untilSeq(4), own.untilSeq(4)])
  expect([all.seqs, own.seqs]).toEqual([
    [1, 2, 3, 4],
    [2, 4],
  ])
  await Promise.all([all.end('SIGINT'), own.end('SIGINT'), store.close()])
  const { stdout } = await runCommand(['-c', config, 'log'])
  expect(stdout.split('\n').filter(Boolean).map((line) => parse(line).seq)).toEqual([1, 2, 3, 4]) // prettier-ignore
})

test('changes are chosen by account, mailbox and kind; a renamed mailbox by either name; hostile names are made safe', async () => {
  const { config, stores } = configFor('mail')
  const evil = 'Evil\u001b]0;x\u0007\u202e'
  const store = await openWriter(stores[0] ?? '')
  const { id } = await openMailbox(store, 'INBOX')
  await commitBatch(store, id, { messages: [message(1), message(2)] })
  await store.applyFlags(id, [messageRow(1, { flags: [String.raw`\Seen`] })])
  const { listed } = await store.recordMailboxes('work', [listedMailbox('INBOX'), listedMailbox(evil), listedMailbox('New')]) // prettier-ignore
  const [, from, to] = listed
  if (from === undefined || to === undefined) throw new Error('three mailboxes were listed')
  await store.renameMailbox(from.id, to.id)
  await store.close()
  const seqsOf = async (...args: readonly string[]): Promise<readonly number[]> => {
    const { stdout } = await runCommand(['-c', config, 'log', ...args])
    // oxlint-disable-next-line eslint/no-control-regex -- what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
    return stdout.split('\n').filter(Boolean).map((line) => parse(line).seq) // prettier-ignore
  }
  expect(await seqsOf()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(await seqsOf('--kind', 'message-added', '--kind', 'flags-changed')).toEqual([3, 4, 5])
  expect(await seqsOf('--mailbox', 'Evil*')).toEqual([6, 8])
  expect(await seqsOf('--mailbox', 'New', '--account', 'work')).toEqual([7, 8])
  expect(await seqsOf('--mailbox', 'INBOX', '--mailbox', 'N*', '--kind', 'mailbox-added')).toEqual([1, 7])
  for (const args of [
    ['--kind', 'sold'],
    ['--keep-alive', '1s'],
    ['--since', 'soon'],
  ])
    expect(await runCommand(['-c', config, 'log', ...args])).toMatchObject({ status: 64 })
  expect(await runCommand(['-c', config, 'log', '--account', 'nobody'])).toMatchObject({ status: 66 })
})
