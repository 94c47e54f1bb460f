import type { FetchRow } from './fetch-row.ts'

/** What goes wrong with a command. Everything not named in an action stays right. */
export type FaultAction = FlowAction | RowAction | LineAction

/** What happens instead of the answer, before it, or to its end. */
export type FlowAction =
  /** The command is not carried out; this is its whole answer. */
  | { readonly kind: 'answer'; readonly status: 'NO' | 'BAD' | 'OK'; readonly text: string }
  /** The command is carried out and ends in this way: `OK [THROTTLED] slowly`. */
  | { readonly kind: 'completion'; readonly text: string }
  /** `* BYE text`, then the connection is closed. */
  | { readonly kind: 'bye'; readonly text: string }
  | { readonly kind: 'close'; readonly how: 'fin' | 'rst'; readonly when: 'before' | 'after' }
  /** The response breaks off after so many of its octets, at its end at the latest. An RST may overtake octets that the
   *  client has not read. */
  | { readonly kind: 'cut'; readonly how: 'fin' | 'rst' | 'stall'; readonly afterOctets: number }
  /** Nothing at all, until either side closes. */
  | { readonly kind: 'stall' }
  /** Nothing for a while: before the command is carried out, or after so many octets of what is sent. */
  | { readonly kind: 'delay'; readonly ms: number; readonly afterOctets?: number }
  /** `* OK Still here` for ever, and never the answer. */
  | { readonly kind: 'keep-alive'; readonly everyMs: number; readonly text?: string }
  /** Lines before the response, as they stand, without CRLF. */
  | { readonly kind: 'inject'; readonly lines: readonly string[] }
  /** Something happens at this instant, before the command is carried out: another client, say. */
  | { readonly kind: 'run'; readonly run: () => void | Promise<void> }

/** What is wrong with the FETCH rows. */
export type RowAction =
  | { readonly kind: 'omit-rows'; readonly uids: readonly number[] }
  | { readonly kind: 'body-nil'; readonly uids: readonly number[] }
  | { readonly kind: 'body-absent'; readonly uids: readonly number[] }
  /** The literal is announced longer than it is by so many octets; negative: shorter. */
  | { readonly kind: 'literal-length'; readonly by: number; readonly uids?: readonly number[] }
  | { readonly kind: 'size'; readonly by: number; readonly uids?: readonly number[] }
  /** Rows of these UIDs, with UID and FLAGS, before the rows that were asked for. */
  | { readonly kind: 'foreign-rows'; readonly uids: readonly number[] }
  /** Unsolicited rows with FLAGS alone. */
  | { readonly kind: 'rows-without-uid'; readonly seqNums: readonly number[] }
  | { readonly kind: 'shuffle-rows' }
  /** Any other change. */
  | { readonly kind: 'edit-rows'; readonly edit: (row: FetchRow) => readonly FetchRow[] }

/** What is wrong with the lines that are no FETCH rows. */
export type LineAction =
  /** EXISTS is so many too high; negative: too low. */
  | { readonly kind: 'exists'; readonly by: number }
  /** In SELECT, EXAMINE and STATUS: another value; undefined: none at all. */
  | { readonly kind: 'field'; readonly field: StatusField; readonly value: string | undefined }
  /** Any other change, of the tagged line too; undefined drops the line. */
  | { readonly kind: 'edit-lines'; readonly edit: (line: string) => string | undefined }

const effects = {
  answer: 'flow',
  completion: 'flow',
  bye: 'flow',
  close: 'flow',
  cut: 'flow',
  stall: 'flow',
  delay: 'flow',
  'keep-alive': 'flow',
  inject: 'flow',
  run: 'flow',
  'omit-rows': 'rows',
  'body-nil': 'rows',
  'body-absent': 'rows',
  'literal-length': 'rows',
  size: 'rows',
  'foreign-rows': 'rows',
  'rows-without-uid': 'rows',
  'shuffle-rows': 'rows',
  'edit-rows': 'rows',
  exists: 'lines',
  field: 'lines',
  'edit-lines': 'lines',
} as const satisfies Record<FlowAction['kind'], 'flow'> &
  Record<RowAction['kind'], 'rows'> &
  Record<LineAction['kind'], 'lines'>

export function isFlowAction(action: FaultAction): action is FlowAction {
  return effects[action.kind] === 'flow'
}

export function isRowAction(action: FaultAction): action is RowAction {
  return effects[action.kind] === 'rows'
}

export function isLineAction(action: FaultAction): action is LineAction {
  return effects[action.kind] === 'lines'
}

export type StatusField = 'MESSAGES' | 'UIDNEXT' | 'UIDVALIDITY' | 'UNSEEN' | 'HIGHESTMODSEQ' | 'MAILBOXID'

export interface FaultRule {
  readonly when: {
    /** Matched against the whole command line, tag included; the greeting's is `GREETING`. Default: every command. */
    readonly command?: RegExp
    /** From 1, in the order in which the server accepted them. */
    readonly connection?: number
    /** The first match that counts, from 1; those before pass unharmed. */
    readonly nth?: number
  }
  /** How often at most. Default: once where `nth` is given, else always. */
  readonly times?: number
  readonly action: FaultAction
}

/** The faults of one server, changed at any time by the tests. Rules that match the same command act together, in the
 *  order in which they were added. */
export class FaultSwitchboard {
  #rules: ActiveRule[] = []

  add(rule: FaultRule): void {
    this.#rules.push({ rule, matches: 0, fired: 0 })
  }

  /** From now on everything is right. */
  clear(): void {
    this.#rules = []
  }

  /** How often each rule has acted, in the order in which they were added: a test can see that its fault happened. */
  get fired(): readonly number[] {
    return this.#rules.map((active) => active.fired)
  }

  /** The actions that fall to this command; counts them as done. */
  take(line: string, connection: number): readonly FaultAction[] {
    return this.#rules.filter((active) => fires(active, line, connection)).map((active) => active.rule.action)
  }
}

interface ActiveRule {
  readonly rule: FaultRule
  matches: number
  fired: number
}

function fires(active: ActiveRule, line: string, connection: number): boolean {
  const { when, times = when.nth === undefined ? Infinity : 1 } = active.rule
  if (when.connection !== undefined && when.connection !== connection) return false
  // `search` begins at the start whatever flags the expression has.
  if (when.command !== undefined && line.search(when.command) < 0) return false
  active.matches++
  if (active.matches < (when.nth ?? 1) || active.fired >= times) return false
  active.fired++
  return true
}
