/** What is made when it is first asked for, and then kept: patterns over Unicode properties take up to a millisecond each, which a
 *  start that meets nothing but ASCII can do without. */
export function lazily<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}
