import type { Lane, LaneState } from '../../src/model/lane.ts'

/** Writes down all that a connection tells its lane. */
export class NotingLane implements Lane {
  readonly calls: string[] = []
  received = 0
  isClosed = false

  enter(state: LaneState): void {
    this.calls.push(state)
  }

  setMailbox(path: string | undefined): void {
    this.calls.push(`mailbox ${path}`)
  }

  commandSent(name: string, octets: number): void {
    this.calls.push(`sent ${name} ${octets}`)
  }

  arrival(octets: number): void {
    this.received += octets
  }

  commandEnded(): void {
    this.calls.push('ended')
  }

  cpu<T>(_state: Extract<LaneState, `cpu: ${string}`>, section: () => T): T {
    return section()
  }

  close(): void {
    this.isClosed = true
  }
}
