/** A command ends with NO or BAD; its connection stays good. */
export class CommandRefused extends Error {
  readonly status: 'NO' | 'BAD'

  constructor(status: 'NO' | 'BAD', text: string) {
    super(text)
    this.status = status
  }
}

export function no(text: string): CommandRefused {
  return new CommandRefused('NO', text)
}

export function bad(text: string): CommandRefused {
  return new CommandRefused('BAD', text)
}
