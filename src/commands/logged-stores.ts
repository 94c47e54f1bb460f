import type { StoresConfig } from '../model/account.ts'
import type { Change, LogPosition } from '../model/change.ts'

/** A store whose log is wanted. */
export interface LoggedStore {
  readonly path: string
  /** undefined: there is only one in the config. */
  readonly name: string | undefined
  readonly since: LogPosition
}

/** Which changes are wanted, of which stores. */
export interface LogRequest {
  readonly config: StoresConfig
  readonly stores: readonly LoggedStore[]
  readonly isMeant: (change: Change) => boolean
}
