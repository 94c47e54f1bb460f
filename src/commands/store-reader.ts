import type { ExportReader } from '../export/ports.ts'
import type { IndexState, SearchReader } from '../search/search-reader.ts'
import type { MessageReader } from '../search/stored-message.ts'
import type { StoreAuditor } from '../sync/audit.ts'
import type { ChangeLogReader, PastReader } from '../sync/change-log.ts'
import type { MirrorReader } from '../sync/mirror-reader.ts'
import type { StatusReader } from '../sync/status.ts'

/** A store opened for reading; close it. */
export interface StoreReader extends StatusReader, MessageReader, ChangeLogReader, PastReader, MirrorReader {
  searchReader(): Promise<SearchReader>
  indexState(): Promise<IndexState>
  exportReader(): Promise<ExportReader>
  close(): void
}

/** A store opened for being checked; close it. */
export interface OpenAuditor extends StoreAuditor {
  close(): void
}
