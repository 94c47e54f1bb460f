import { writeSync } from 'node:fs'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import Sqlite from 'better-sqlite3'

const stderr = 2

/** The other side of `executeElsewhere`: a thread runs the statement, and the main thread ends the process at once when whoever
 *  started it has died. */
export function serveLongStatement(program: URL): void {
  if (!isMainThread) {
    execute(workerData)
    return
  }
  const worker = new Worker(program, { workerData: process.argv.slice(2) })
  // By process.exit: its input would be waited for.
  worker.on('error', (error) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    writeSync(stderr, `${code} ${error instanceof Error ? error.message : String(error)}`)
    process.exit(1)
  })
  worker.on('exit', (status) => process.exit(status))
  process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL')).resume()
}

function execute(request: unknown): void {
  const [path, sql] = Array.isArray(request) ? request.map(String) : []
  if (path === undefined || sql === undefined)
    throw new Error('this part of mailmirror is not for you: it is started by others')
  const database = new Sqlite(path, { fileMustExist: true })
  try {
    for (const pragma of ['trusted_schema = OFF', 'cell_size_check = ON', 'secure_delete = ON', 'synchronous = FULL'])
      database.pragma(pragma)
    database.exec(sql)
  } finally {
    database.close()
  }
}
