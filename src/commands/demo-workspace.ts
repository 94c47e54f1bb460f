import { AppError } from '../model/errors.ts'
import type { PrivateFiles } from './private-files.ts'

export const demoUser = 'demo@example.org'
const marker = '# Written by `mailmirror demo`.'

/** Where a demo keeps its configuration and its store. */
export interface DemoWorkspace {
  readonly folder: string
  readonly configPath: string
  /** Takes away what is not to be kept. */
  remove(): Promise<void>
}

export interface DemoServerAddress {
  readonly port: number
  readonly password: string
}

/** Makes the folder and writes the configuration. Throws USAGE where the folder has a configuration of another origin. */
export async function makeWorkspace(
  files: PrivateFiles,
  keep: string | undefined,
  server: DemoServerAddress,
): Promise<DemoWorkspace> {
  const folder = keep === undefined ? await files.createTemporaryFolder() : await files.createFolder(keep)
  const configPath = `${folder}/config.toml`
  const workspace: DemoWorkspace = {
    folder,
    configPath,
    remove: () => (keep === undefined ? files.removeFolder(folder) : Promise.resolve()),
  }
  try {
    await refuseForeign(files, configPath)
    await files.writeText(`${folder}/password`, `${server.password}\n`)
    await files.writeText(configPath, configText(folder, server.port))
  } catch (error) {
    await workspace.remove()
    throw error
  }
  return workspace
}

async function refuseForeign(files: PrivateFiles, configPath: string): Promise<void> {
  const before = await files.readText(configPath)
  if (before === undefined || before.startsWith(marker)) return
  throw new AppError({
    code: 'USAGE',
    message: `${configPath} is there already and is not of a demo`,
    hint: 'give --keep another directory',
  })
}

/** A JSON string is a basic string of TOML. */
const quoted = (path: string): string => JSON.stringify(path)

function configText(folder: string, port: number): string {
  return `${marker}
store = ${quoted(`${folder}/mail.db`)}

[accounts.demo]
email = "${demoUser}"

[accounts.demo.imap]
host = "127.0.0.1"
port = ${port}
security = "none"
password = { file = ${quoted(`${folder}/password`)} }
`
}
