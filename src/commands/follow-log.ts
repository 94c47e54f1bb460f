import type { ExitStatus } from '../model/exit-status.ts'
import { exitStatus } from '../model/exit-status.ts'
import { toIso } from '../model/instant.ts'
import { followLogs } from '../sync/follow-logs.ts'
import type { FollowingListener, LogToFollow } from '../sync/follow-logs.ts'
import { changeJson, keepAliveJson, logReplacedJson } from '../ui/change-json.ts'
import type { CommandContext } from './context.ts'
import type { LogRequest } from './logged-stores.ts'

const usualKeepAliveMs = 30_000
const chunkLength = 65_536

/** Until a signal comes, or nobody reads any more: both end it without a word. */
export async function followLog(
  context: CommandContext,
  request: LogRequest,
  keepAliveMs = usualKeepAliveMs,
): Promise<ExitStatus> {
  const { clock, signal } = context
  context.terminal.out.neverBlock()
  const logs: LogToFollow[] = []
  try {
    for (const { path, since } of request.stores)
      logs.push({ log: await context.followLog(request.config, path), since })
    return await followLogs(logs, { clock, signal, keepAliveMs, listener: writer(context, request) })
  } catch (error) {
    if (!signal.aborted) throw error
    return context.interruptedWith() ?? exitStatus.done
  } finally {
    for (const { log } of logs) log.close()
  }
}

function writer({ terminal, nowMs }: CommandContext, { stores, isMeant }: LogRequest): FollowingListener {
  let chunk = ''
  const write = async (): Promise<void> => {
    const text = chunk
    chunk = ''
    if (text !== '') await terminal.out.write(text)
  }
  const nameOf = (log: number): string | undefined => stores[log]?.name
  return {
    onChange: async (change, log) => {
      if (!isMeant(change)) return false
      chunk += changeJson(change, nameOf(log))
      if (chunk.length >= chunkLength) await write()
      return true
    },
    onCaughtUp: write,
    onReplaced: (log) => {
      chunk += logReplacedJson({ at: toIso(nowMs()), store: nameOf(log) })
      return Promise.resolve()
    },
    onKeepAlive: async (seqs) => {
      for (const [log, seq] of seqs.entries()) chunk += keepAliveJson({ at: toIso(nowMs()), seq, store: nameOf(log) })
      await write()
    },
  }
}
