/** Something that begins later. */
export interface PendingStart {
  /** Then it never begins, unless it has. */
  cancel(): void
}

const lookEveryMs = 250

/** Begins when the process has taken that many milliseconds of CPU, Infinity being never; at once, if it has. Keeps no process alive. */
export function startAfterCpu(milliseconds: number, begin: () => void): PendingStart {
  const isDue = (): boolean => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000 >= milliseconds
  }
  if (milliseconds === Infinity) return { cancel: () => undefined }
  if (isDue()) {
    begin()
    return { cancel: () => undefined }
  }
  const look = (): void => {
    if (!isDue()) return
    clearInterval(timer)
    begin()
  }
  // oxlint-disable-next-line eslint/no-restricted-globals -- CPU time has no events
  const timer = setInterval(look, lookEveryMs)
  timer.unref()
  return { cancel: () => clearInterval(timer) }
}
