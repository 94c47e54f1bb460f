import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer } from '../../src/demo/demo-server.ts'
import type { ExtensionSwitches } from '../../src/demo/extensions.ts'
import type { FaultAction, FaultRule } from '../../src/demo/faults.ts'
import type { MailStore } from '../../src/demo/mail-store.ts'
import type { Account } from '../../src/model/account.ts'
import type { AccountResult, MailboxResult } from '../../src/sync/events.ts'
import { mailStoreState, mirrorState } from '../support/mirror-state.ts'
import type { MailboxesState } from '../support/mirror-state.ts'
import { accountAt, password, runSync } from '../support/run-sync.ts'
import type { RunOptions, RunOutcome } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { expectCounts, expectStatement } from './statement.ts'
import { expectOnlyReading, WireLog } from './wire-log.ts'

export interface StageOptions {
  readonly extensions?: ExtensionSwitches
  readonly account?: Partial<Account>
  /** Of each connection. */
  readonly octetsPerSecond?: number
}

/** A server whose faults the tests choose, and a mirror of it. */
export class FaultStage implements AsyncDisposable {
  readonly mail: MailStore
  readonly server: DemoServer
  readonly wire: WireLog
  readonly storePath = join(temporaryDirectory(), 'mail.db')
  readonly #account: Partial<Account>

  constructor(mail: MailStore, server: DemoServer, account: Partial<Account>) {
    this.mail = mail
    this.server = server
    this.wire = new WireLog(server)
    this.#account = account
  }

  static async open(mail: MailStore, { account = {}, ...options }: StageOptions = {}): Promise<FaultStage> {
    const server = await startDemoServer({ store: mail, users: { ada: password }, ...options })
    return new FaultStage(mail, server, account)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close()
    rmSync(dirname(this.storePath), { recursive: true, force: true })
  }

  get account(): Account {
    return accountAt(this.server.port, { connections: 1, ...this.#account })
  }

  /** From now on every command that matches meets the action. */
  fault(
    command: RegExp,
    action: FaultAction,
    when: Omit<FaultRule['when'], 'command'> & Pick<FaultRule, 'times'> = {},
  ) {
    const { times, ...rest } = when
    this.server.faults.add({ when: { command, ...rest }, action, ...(times === undefined ? {} : { times }) })
  }

  /** A run, whose statement is checked. The log of commands begins anew. */
  async sync(options: Partial<RunOptions> = {}): Promise<RunOutcome> {
    const outcome = await this.syncMeanwhile(options)
    expectCounts(outcome.result, this.mail)
    return outcome
  }

  /** The same while mail comes and goes: what the server has at the end is not what the run saw. */
  async syncMeanwhile(options: Partial<RunOptions> = {}): Promise<RunOutcome> {
    this.wire.restart()
    const { storePath } = this
    const outcome = await runSync({ accounts: [this.account], storePath, ...options })
    expectStatement(outcome.result)
    expectOnlyReading(this.wire)
    return outcome
  }

  get mirror(): MailboxesState {
    return mirrorState(this.storePath)
  }

  get removed(): MailboxesState {
    return mirrorState(this.storePath, 'removed')
  }
}

/** What holds after every fault: once the faults stop, one clean run makes the mirror equal the server, and the next one
 *  downloads nothing. Returns what the clean run downloaded, in messages. */
export async function expectRecovery(stage: FaultStage, options: Partial<RunOptions> = {}): Promise<number> {
  // A fault that never happened proves nothing.
  expect(stage.server.faults.fired).not.toContain(0)
  stage.server.faults.clear()
  const clean = await stage.sync(options)
  const { bodies } = stage.wire
  expect(stage.mirror).toEqual(mailStoreState(stage.mail))
  expect(clean.result.complete).toBe(true)
  const again = await stage.sync(options)
  expect(stage.wire.bodies).toBe(0)
  expect(again.result.complete).toBe(true)
  expect(stage.mirror).toEqual(mailStoreState(stage.mail))
  return bodies
}

/** The only account of a run. */
export function accountOf({ result }: RunOutcome): AccountResult {
  const [account] = result.accounts
  if (account === undefined) throw new Error('a run without accounts')
  return account
}

export function mailboxOf(outcome: RunOutcome, path = 'INBOX'): MailboxResult {
  const found = accountOf(outcome).mailboxes.find((mailbox) => mailbox.path === path)
  if (found === undefined) throw new Error(`a run without ${path}`)
  return found
}
