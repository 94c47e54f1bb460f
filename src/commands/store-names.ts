/** Short names of stores, each its own: the name of the file without `.db`, or where two are alike the whole path. */
export function storeNames(paths: readonly string[]): ReadonlyMap<string, string> {
  const short = new Map(paths.map((path) => [path, path.replace(/^.*[\\/]/, '').replace(/\.db$/, '')]))
  const counts = Map.groupBy(short.values(), (name) => name)
  return new Map([...short].map(([path, name]) => [path, (counts.get(name)?.length ?? 0) > 1 ? path : name]))
}
