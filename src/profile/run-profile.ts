import type { Ceiling } from '../model/lane.ts'
import type { Schedule } from './schedule.ts'

/** One command of one connection. Instants are microseconds since the run began. */
export interface CommandRecord {
  readonly lane: number
  readonly account: string
  /** Empty: none was examined. */
  readonly mailbox: string
  /** `UID FETCH`. */
  readonly name: string
  readonly sentAt: number
  /** When its first octet came; its end, if none did. */
  readonly firstAt: number
  readonly endedAt: number
  readonly sentOctets: number
  readonly receivedOctets: number
  /** For the octets of how many it asked; 0: for none, or it is not known. */
  readonly messages: number
  /** Microseconds of the main thread that went into what came. */
  readonly cpuMicros: number
  /** Those for which what had come lay waiting, because our own loop was busy. */
  readonly queuedMicros: number
  /** Those for which the server was held back, because the writer had not kept up. */
  readonly writerMicros: number
  /** The longest time in which the server sent nothing although it was waited for: when that began, and how long it was. */
  readonly gapAt: number
  readonly gapMicros: number
}

/** Where time went that one account spent on one command in one mailbox. */
export interface StateSums {
  readonly account: string
  /** Empty: none was examined. */
  readonly mailbox: string
  /** Empty: between commands. */
  readonly command: string
  /** Microseconds of its lanes, by state: who waited for what. All of a run sum to lanes x time. */
  readonly laneMicros: Readonly<Record<string, number>>
  /** Microseconds of elapsed time for which it is to blame, by state. All of a run, and the unblamed ones, sum to the elapsed time. */
  readonly blameMicros: Readonly<Record<string, number>>
}

/** An account whose lanes waited while another one's sections held the main thread. */
export interface HeldUp {
  readonly account: string
  readonly by: string
  readonly micros: number
}

/** What the writer thread did for an account, in microseconds. */
export interface WriterSums {
  /** Empty: what is of no one account, such as opening the store. */
  readonly account: string
  readonly hash: number
  readonly compress: number
  readonly sqlite: number
  readonly commit: number
  /** Opening and closing the store. */
  readonly open: number
  /** How many transactions. */
  readonly commits: number
}

/** Waits for one process that held the store. */
export interface LockSums {
  /** SQLite's lock for writing, or the one that keeps two syncs apart. */
  readonly lock: 'write' | 'run'
  /** 0: nobody could tell. */
  readonly pid: number
  /** The first words of how it was started; empty: not known. */
  readonly program: string
  readonly micros: number
}

/** A server that bears fewer connections than were wanted. */
export interface AccountCeiling extends Ceiling {
  readonly account: string
}

/** What was recorded of a run. Names come from servers and are cleaned; there is never any content. */
export interface RunProfile {
  readonly elapsedMicros: number
  /** In which no lane waited or computed. */
  readonly unblamedMicros: number
  /** The most that were open at once. */
  readonly lanes: number
  readonly sums: readonly StateSums[]
  readonly heldUp: readonly HeldUp[]
  readonly writer: readonly WriterSums[]
  readonly locks: readonly LockSums[]
  readonly ceilings: readonly AccountCeiling[]
  /** undefined: the system does not tell. */
  readonly schedule: Schedule | undefined
  /** The latest ones, in the order in which they ended. */
  readonly commands: readonly CommandRecord[]
  /** Of which nothing but sums is kept. */
  readonly forgottenCommands: number
}

/** No stack separator, and nothing that a terminal obeys: the name of a mailbox as it stands in profiles. */
export function cleanName(name: string): string {
  return name.replaceAll(/[;\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, (sign) => {
    const code = sign.codePointAt(0) ?? 0
    return `%${code.toString(16).toUpperCase().padStart(2, '0')}`
  })
}
