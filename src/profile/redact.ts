import type { StoredRun } from './profile-runs.ts'

/** Gives each name another: a1, a2; m1, m2. */
class Names {
  readonly #names = new Map<string, string>()
  readonly #letter: string

  constructor(letter: string) {
    this.#letter = letter
  }

  of(name: string): string {
    if (name === '') return ''
    const known = this.#names.get(name)
    if (known !== undefined) return known
    const given = `${this.#letter}${this.#names.size + 1}`
    this.#names.set(name, given)
    return given
  }
}

/** The same run without names of accounts and mailboxes, to be shown to others. What the run was called with goes too, and the sentence of
 *  the list, which names them; stacks name only code. */
export function redactRun(run: StoredRun): StoredRun {
  const accounts = new Names('a')
  const mailboxes = new Names('m')
  const { sums, heldUp, writer, locks, ceilings, commands } = run.profile
  const placed = <Row extends { readonly account: string; readonly mailbox: string }>(row: Row): Row => {
    return { ...row, account: accounts.of(row.account), mailbox: mailboxes.of(`${row.account}\0${row.mailbox}`) }
  }
  const labelled = <Row extends { readonly account: string; readonly mailbox: string }>(row: Row): Row =>
    row.mailbox === '' ? { ...row, account: accounts.of(row.account) } : placed(row)
  const profile = {
    ...run.profile,
    sums: sums.map(labelled),
    commands: commands.map(labelled),
    heldUp: heldUp.map((row) => ({ ...row, account: accounts.of(row.account), by: accounts.of(row.by) })),
    // What a program works on may have a name that tells something.
    locks: locks.map((row) => ({ ...row, program: row.program.replace(/ .*$/s, '') })),
    ceilings: ceilings.map((row) => ({ ...row, account: accounts.of(row.account) })),
    writer: writer.map((row) => ({ ...row, account: accounts.of(row.account) })),
  }
  const finding = { ...run.finding, account: '', mailbox: '', sentence: '' }
  const { samples } = run
  const threads = samples?.threads.map((thread) => ({ ...thread, labels: thread.labels.map(labelled) })) ?? []
  const redacted = samples === undefined ? undefined : { ...samples, threads }
  return { ...run, command: run.command.replace(/ .*$/s, ' …'), finding, profile, samples: redacted }
}
