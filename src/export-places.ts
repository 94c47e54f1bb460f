// The part of the composition root that only an export needs.
import { resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import type { ExportTarget, ExportTree, FileExportOptions, TreeExportOptions } from './export/ports.ts'

/** See `ExportPlaces`. */
export async function openExportFile(options: FileExportOptions): Promise<ExportTarget> {
  keepYoungGenerationAsItIs()
  const { openExportTarget } = await import('./files/export-target.ts')
  return openExportTarget({ ...options, path: resolve(options.path) })
}

/** See `ExportPlaces`. */
export async function openExportFolder(options: TreeExportOptions): Promise<ExportTree> {
  keepYoungGenerationAsItIs()
  const { openExportTree } = await import('./files/export-tree-target.ts')
  return openExportTree({ ...options, path: resolve(options.path) })
}

/** Each message is garbage as soon as it is written, and its octets lie outside of V8, which does not count them: with 1 MB of its own it
 *  looks often enough. 143 MB instead of 215, and no slower. Threads that parse would be a tenth slower. */
function keepYoungGenerationAsItIs(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}
