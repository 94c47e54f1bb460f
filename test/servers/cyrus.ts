import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, greets } from './ports.ts'
import { nobody } from './mail-server.ts'
import type { MailServer } from './mail-server.ts'
import { unpackedEnvironment, unpackedProgram } from './unpacked.ts'

const password = 'pass'

/** Cyrus IMAP 3.6: QRESYNC, CONDSTORE, OBJECTID, LIST-STATUS, SPECIAL-USE, COMPRESS. Any user may log in. Needs root. */
export async function startCyrus(): Promise<MailServer> {
  const directory = await mkdtemp(join(tmpdir(), 'mailmirror-cyrus-'))
  await chmod(directory, 0o755)
  const port = await freePort()
  await configure(directory, port)
  const passwords = await checkPasswords(join(directory, 'run', 'mux'))
  await chmod(join(directory, 'run', 'mux'), 0o777)
  const master = spawn(
    unpackedProgram('usr/lib/cyrus/bin/master'),
    [
      '-C',
      join(directory, 'imapd.conf'),
      '-M',
      join(directory, 'cyrus.conf'),
      '-p',
      join(directory, 'run', 'master.pid'),
      '-D',
    ],
    { detached: true, env: unpackedEnvironment(), stdio: 'ignore' },
  )
  const stop = async (): Promise<void> => {
    await end(master)
    passwords.close()
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  if (!(await greets(port, master))) {
    await stop()
    throw new Error('Cyrus did not start')
  }
  return { port, user: 'ada', password, stop, [Symbol.asyncDispose]: stop }
}

async function configure(directory: string, port: number): Promise<void> {
  const configuration = join(directory, 'imapd.conf')
  await writeFile(
    configuration,
    `configdirectory: ${directory}/conf
partition-default: ${directory}/spool
defaultpartition: default
allowplaintext: yes
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: ${directory}/run/mux
sasl_mech_list: PLAIN LOGIN
unixhierarchysep: yes
autocreate_quota: 0
autocreate_post: yes
servername: localhost
cyrus_user: nobody
mboxname_lockpath: ${directory}/run/lock
proc_path: ${directory}/run/proc
`,
  )
  const command = (name: string): string => `${unpackedProgram(`usr/lib/cyrus/bin/${name}`)} -C ${configuration}`
  await writeFile(
    join(directory, 'cyrus.conf'),
    `START {
  recover cmd="${command('ctl_cyrusdb')} -r"
}
SERVICES {
  imap cmd="${command('imapd')} -U 30" listen="127.0.0.1:${port}" prefork=0
}
EVENTS {
}
`,
  )
  for (const path of [
    'conf',
    'conf/db',
    'conf/socket',
    'conf/proc',
    'conf/log',
    'conf/msg',
    'conf/user',
    'spool',
    'run',
  ]) {
    await mkdir(join(directory, path))
    await chown(join(directory, path), nobody, nobody)
  }
  for (const name of await readdir(directory)) await chown(join(directory, name), nobody, nobody)
}

/** What Cyrus asks about passwords: four strings, each behind its length; the answer is one. */
async function checkPasswords(path: string): Promise<Server> {
  const server = createServer((socket) => {
    let asked = Buffer.alloc(0)
    socket.on('error', () => socket.destroy())
    socket.on('data', (octets) => {
      asked = Buffer.concat([asked, octets])
      const fields = readFields(asked)
      if (fields.length < 4) return
      socket.end(Buffer.from(fields[1] === password ? '\0\u0002OK' : '\0\u0002NO', 'latin1'))
    })
  })
  server.listen(path)
  await once(server, 'listening')
  return server
}

function readFields(octets: Buffer): readonly string[] {
  const fields: string[] = []
  for (let at = 0; at + 2 <= octets.length;) {
    const end = at + 2 + octets.readUInt16BE(at)
    if (end > octets.length) break
    fields.push(octets.toString('latin1', at + 2, end))
    at = end
  }
  return fields
}

/** The master and what it has started are one process group. */
async function end(master: ChildProcess): Promise<void> {
  if (master.pid === undefined || master.exitCode !== null) return
  const ended = once(master, 'exit')
  try {
    process.kill(-master.pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
  await ended
}
