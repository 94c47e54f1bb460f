import { once } from 'node:events'
import { connect } from 'node:net'
import type { ControlPlace } from './control-place.ts'
import { isAlive, removeControlPlace } from './control-place.ts'
import type { ControlReply, ControlRequest, LiveState } from './control-server.ts'

/** Asks a process what it does, sampled for so long. undefined: it is no more, and what it left has been removed. Throws Error for whatever
 *  it answers instead. */
export async function askProcess(place: ControlPlace, ms: number): Promise<LiveState | undefined> {
  const socket = connect(place.socket)
  try {
    await once(socket, 'connect')
  } catch {
    // One that nobody listens at may belong to a process that is just about to.
    if (!isAlive(place)) removeControlPlace(place)
    return undefined
  }
  socket.end(JSON.stringify({ token: place.token, ms } satisfies ControlRequest))
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `serveControl` has written
  const reply = JSON.parse(text) as ControlReply
  if ('error' in reply) throw new Error(reply.error)
  return reply
}
