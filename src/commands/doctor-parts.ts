import type { CommandContext } from './context.ts'
import type { DoctorPorts, FoundConfig } from '../doctor/ports.ts'

/** What main.ts hands to `doctor`. */
export interface DoctorParts {
  findConfig(path: string): FoundConfig
  /** Of `config` as far as it can be used. */
  ports(config: FoundConfig['config'], about: Pick<CommandContext, 'clock' | 'environmentNotes'>): DoctorPorts
  /** Whether the terminal shows more than ASCII. */
  readonly hasUnicode: boolean
}
