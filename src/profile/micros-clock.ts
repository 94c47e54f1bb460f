/** Microseconds of the clock that V8's samples are taken by; the same in all threads of a process. */
export function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
