import { manifestFormat } from '../export/manifest.ts'
import type { ExportSource } from '../export/plan-export.ts'
import type { ExportTarget } from '../export/ports.ts'
import type { CommandContext } from './context.ts'
import type { ExportFlags, ExportPlan } from './export-into.ts'
import { streamTarget } from './stream-target.ts'

/** Where an export of one or a few files goes. */
export async function openTarget(
  context: CommandContext,
  { text, flags }: Pick<ExportPlan, 'text' | 'flags'>,
): Promise<ExportTarget> {
  const { format, output, split, since } = flags
  if (output === '-') return streamTarget(context.terminal.out)
  return context.exports.file({
    path: output,
    isFolder: split !== undefined || since !== undefined,
    manifest: manifestFormat({ format, query: text, split, options: optionsOf(flags) }),
    replace: flags.replace === true,
    resume: flags.resume === true,
    since: since !== undefined,
  })
}

/** Messages that no earlier export into the folder has written. */
export function withoutPlaced(sources: readonly ExportSource[], placed: ReadonlySet<string>): readonly ExportSource[] {
  return sources.map((source) => ({
    ...source,
    ids: source.ids.filter((id) => !placed.has(source.name === undefined ? `${id}` : `${source.name}:${id}`)),
  }))
}

/** As of when, for a manifest. */
export function pastOf({ asOf }: ExportFlags): readonly string[] {
  return asOf === undefined ? [] : [`as-of ${asOf}`]
}

function optionsOf(flags: ExportFlags): readonly string[] {
  const { rawBase64, statusHeaders, text, attachmentData } = flags
  return [
    ...pastOf(flags),
    ...(rawBase64 === true ? ['raw-base64'] : []),
    ...(statusHeaders === true ? ['status-headers'] : []),
    ...(text === false ? ['no-text'] : []),
    ...(attachmentData === true ? ['attachment-data'] : []),
  ]
}

/** Of a path. */
export function fileName(path: string): string {
  return path.replace(/^.*[\\/](?=[^\\/])/, '')
}
