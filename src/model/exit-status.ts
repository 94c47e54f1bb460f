import type { ErrorCode } from './errors.ts'

/** The exit statuses that scripts depend on (sysexits where one fits). */
export const exitStatus = {
  done: 0,
  incomplete: 1,
  usage: 64,
  damaged: 65,
  notFound: 66,
  unreachable: 69,
  bug: 70,
  storage: 74,
  tryLater: 75,
  refused: 76,
  login: 77,
  configuration: 78,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus]

const byCode: Readonly<Record<ErrorCode, ExitStatus>> = {
  USAGE: exitStatus.usage,
  CONFIG_MISSING: exitStatus.configuration,
  CONFIG_INVALID: exitStatus.configuration,
  CONFIG_UNSAFE: exitStatus.configuration,
  NO_SUCH_ACCOUNT: exitStatus.notFound,
  NO_SUCH_MAILBOX: exitStatus.notFound,
  NO_SUCH_MESSAGE: exitStatus.notFound,
  NO_SUCH_RUN: exitStatus.notFound,
  NO_SUCH_HOOK: exitStatus.notFound,
  SERVER_UNREACHABLE: exitStatus.unreachable,
  CONNECTION_LOST: exitStatus.unreachable,
  COMMAND_REJECTED: exitStatus.incomplete,
  PROTOCOL_VIOLATION: exitStatus.refused,
  TLS_REFUSED: exitStatus.refused,
  THROTTLED: exitStatus.tryLater,
  BUDGET_SPENT: exitStatus.tryLater,
  LOGIN_REJECTED: exitStatus.login,
  SECRET_UNAVAILABLE: exitStatus.login,
  STORE_LOCKED: exitStatus.tryLater,
  STORE_FULL: exitStatus.storage,
  STORE_IO: exitStatus.storage,
  STORE_FOREIGN: exitStatus.configuration,
  STORE_NEWER: exitStatus.configuration,
  STORE_UNSAFE: exitStatus.configuration,
  STORE_MISSING: exitStatus.storage,
  STORE_OUTDATED: exitStatus.storage,
  DAMAGED: exitStatus.damaged,
  PRUNED: exitStatus.notFound,
  INTERRUPTED: exitStatus.interrupted,
  NODE_TOO_OLD: exitStatus.unreachable,
}

export function codeToExitStatus(code: ErrorCode): ExitStatus {
  return byCode[code]
}
