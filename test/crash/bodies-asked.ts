import type { DemoServer } from '../../src/demo/demo-server.ts'
import { hasUid, parseUidSet } from '../../src/model/uid-set.ts'

/** `wire path/uid` of every body that was asked for since the server's n-th command. */
export function bodiesAsked(server: DemoServer, since: number): (placement: string) => boolean {
  const asked = new Map<string, string[]>()
  const examined = new Map<number, string>()
  server.commands.forEach(({ connection, line }, index) => {
    const name = /EXAMINE (?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(line)
    if (name !== null) examined.set(connection, (name[1] ?? name[2] ?? '').replaceAll(/\\(.)/g, '$1'))
    const set = /UID FETCH (\S+) .*BODY\.PEEK\[\]/.exec(line)?.[1]
    const box = examined.get(connection) ?? ''
    if (set !== undefined && index >= since) asked.set(box, [...(asked.get(box) ?? []), set])
  })
  return (placement) => {
    const [, path = '', uid] = /^(.*)\/\d+\/(\d+)$/s.exec(placement) ?? []
    return (asked.get(path) ?? []).some((set) =>
      hasUid(parseUidSet(set) ?? { bounds: new Uint32Array(), size: 0 }, Number(uid)),
    )
  }
}
