/** What only `watch` needs of the process and of the machine. */
export interface WatchParts {
  /** Calls back at each SIGHUP, until it is disposed of. */
  onHangUp(reload: () => void): Disposable
  /** All that this machine has, other machines' side and its own. */
  addresses(): ReadonlySet<string>
  /** Who has started us and wants to be told; undefined: nobody does. */
  readonly service: ServiceNotifier | undefined
}

/** The manager of a service (sd_notify). */
export interface ServiceNotifier {
  /** After so long without a sign of life it ends us; undefined: never. Milliseconds. */
  readonly watchdogMs: number | undefined
  /** Such as `READY=1`. Never throws; bounded in time. Returns why it could not be told. */
  notify(...states: readonly string[]): Promise<string | undefined>
}
