import type { Account, Config, ServerSettings } from '../model/account.ts'
import type { AppError } from '../model/errors.ts'
import type { ListedMailbox, MailboxStatus } from '../model/mailbox.ts'
import type { MessageRow } from '../model/message.ts'
import type { ProbedServer } from '../model/server-quirks.ts'
import type { UidSet } from '../model/uid-set.ts'

/** Waiting, handed in. */
export interface DoctorClock {
  /** Rejects when the signal fires. */
  delay(ms: number, signal: AbortSignal): Promise<void>
}

/** The config, as far as it can be had. */
export interface FoundConfig {
  readonly path: string
  /** Accounts that something is wrong with are not among its own; undefined: nothing of it can be used. */
  readonly config: Config | undefined
  /** CONFIG_MISSING, CONFIG_INVALID or CONFIG_UNSAFE; undefined: it is good. */
  readonly error: AppError | undefined
}

/** A file or folder; modes are those of its target if it is a link. */
export interface FoundPath {
  readonly path: string
  readonly isFolder: boolean
  /** Permission bits; undefined: they say nothing on this system. */
  readonly mode: number | undefined
  /** It belongs to another user, who is not root. */
  readonly isForeign: boolean
}

/** Where a store lies or will lie. */
export interface FoundPlace {
  /** The folder itself, or the nearest one above it that is there. */
  readonly folder: string
  /** Why nothing can be written there, as a system's error code; undefined: it can. */
  readonly refusal: string | undefined
  readonly freeOctets: number
  /** The kind of network file system; undefined: a local one. */
  readonly network: string | undefined
}

/** Something that starts mailmirror by itself. */
export interface FoundSchedule {
  /** Where it stands: `crontab`, or the path of a file. */
  readonly where: string
  /** When, in the words of that place; empty where it does not say. */
  readonly when: string
}

/** This machine, without its network. Nothing is changed, nothing is made. */
export interface MachineLook {
  readonly nodeVersion: string
  /** What in the environment changes how servers are trusted, a sentence each. */
  readonly environmentNotes: readonly string[]
  /** Throws when it cannot be loaded. */
  sqlite(): Promise<{ readonly version: string; readonly hasFullText: boolean }>
  /** Milliseconds since 1970. */
  nowMs(): number
  /** When the newest file of this program was written. */
  programWrittenMs(): Promise<number>
  /** undefined: there is no such file. */
  path(path: string): Promise<FoundPath | undefined>
  /** For a store of that path. */
  place(storePath: string): Promise<FoundPlace>
  /** Files that belong to a store and are there. */
  storeFiles(storePath: string): Promise<readonly FoundPath[]>
  schedules(): Promise<readonly FoundSchedule[]>
}

/** What a store says of itself. */
export interface StoreLook {
  readonly schemaVersion: number
  /** Of its files. */
  readonly octets: number
  readonly messages: number
  /** The latest instant that it has recorded, in milliseconds since 1970; 0: none. */
  readonly newestMs: number
  /** What SQLite complains of. */
  readonly complaints: readonly string[]
  /** Tables that were left to `verify`, for they would have taken too long. */
  readonly unchecked: readonly string[]
}

/** An account's mirror, as `status` tells it. */
export interface MirrorLook {
  readonly mailboxes: readonly {
    readonly path: string
    readonly messages: number
    readonly reason: string | undefined
    /** ISO 8601. */
    readonly lastSyncedAt: string | undefined
    readonly goneAt: string | undefined
    readonly isLocal?: true
  }[]
  readonly lastRun?:
    | {
        readonly outcome: string | undefined
        readonly startedAt: string
        readonly endedAt: string | undefined
        readonly error: string | undefined
      }
    | undefined
}

export interface LockOwner {
  readonly pid: number | undefined
  readonly program: string
  readonly host: string | undefined
  /** ISO 8601. */
  readonly since: string | undefined
}

/** What the store remembers of an account's server. */
export interface RememberedServer {
  readonly probed: ProbedServer | undefined
  /** Connections that it was last seen to bear, where it refused more. */
  readonly connections: number | undefined
  /** Octets received within 24 hours. */
  readonly receivedOctets: number
}

export interface TriedConnections {
  /** How many connections the server bore when it refused one more; undefined: it refused none. */
  readonly borne: number | undefined
  /** Connections that were tried; undefined: none was, for others use the server. */
  readonly tried: number | undefined
}

/** Stores, beside a sync that may be running. None is made. Everything throws AppError as reading a store does. */
export interface StoreDesk {
  look(config: Config, path: string): Promise<StoreLook>
  mirror(config: Config, account: Account): Promise<MirrorLook>
  index(config: Config, path: string): Promise<{ pending: number; stale: number; troubled: number }>
  /** Who holds the run lock; undefined: nobody. */
  lockOwner(path: string): Promise<LockOwner | undefined>
  remembered(config: Config, account: Account): Promise<RememberedServer>
  /** Notes what a probe has found, in one short transaction. */
  remember(config: Config, account: Account, found: ProbedServer & TriedConnections): Promise<void>
}

/** A certificate that a server shows, and what is to be thought of it. */
export interface CertificateLook {
  /** `TLSv1.3`. */
  readonly protocol: string
  readonly subject: string
  readonly issuer: string
  /** Milliseconds since 1970; NaN: it is no date. */
  readonly validFromMs: number
  readonly validToMs: number
  /** `sha256:…` as the config pins it. */
  readonly fingerprint: string
  /** From the server's own to the last that is known, by name. */
  readonly chain: readonly string[]
  /** Why a sync refuses it; undefined: it does not. */
  readonly refusal: AppError | undefined
}

/** The network, up to the login. Each ends when its signal fires. */
export interface NetworkLook {
  /** Addresses of a host name. Throws SERVER_UNREACHABLE. */
  addresses(host: string, signal: AbortSignal): Promise<readonly string[]>
  /** Opens a connection and closes it; milliseconds that it took. Throws SERVER_UNREACHABLE. */
  reach(settings: ServerSettings, signal: AbortSignal): Promise<number>
  /** Throws SERVER_UNREACHABLE or TLS_REFUSED where there is no certificate to see. */
  certificate(settings: ServerSettings, signal: AbortSignal): Promise<CertificateLook>
}

/** What EXAMINE told. */
export interface ProbedMailbox extends MailboxStatus {
  readonly messages: number
  readonly vanished: UidSet | undefined
}

/** A logged-in connection that only reads: what a sync has, as far as a probe needs it. */
export interface ProbedConnection {
  readonly capabilities: ReadonlySet<string>
  readonly serverId: string | undefined
  listMailboxes(): Promise<readonly ListedMailbox[]>
  status(wirePath: string): Promise<MailboxStatus>
  examine(
    wirePath: string,
    resync?: { readonly uidValidity: bigint; readonly modseq: bigint; readonly onRow: () => undefined },
  ): Promise<ProbedMailbox>
  searchUids(): Promise<UidSet>
  listUids(): Promise<UidSet>
  fetchRows(request: object, onRow: (row: MessageRow) => undefined): Promise<void>
  logout(): Promise<void>
}

/** All that a check-up needs of the world. */
export interface DoctorPorts {
  readonly clock: DoctorClock
  readonly machine: MachineLook
  readonly stores: StoreDesk
  readonly network: NetworkLook
  /** Whether the account's password can be had; it is never told. Throws SECRET_UNAVAILABLE or CONFIG_UNSAFE. */
  askPassword(account: Account, signal: AbortSignal): Promise<void>
  /** As a sync connects; throws what it throws. */
  connect(account: Account, signal: AbortSignal): Promise<ProbedConnection>
}
