import { isAbsolute, join } from 'node:path'
import { readPasswordFile } from './password-file.ts'
import { unavailable } from './password-text.ts'

/** A credential that systemd has put into the unit's own directory (systemd.exec(5), LoadCredential=). Nobody else can look into that,
 *  whatever the modes of its files say. */
export async function readSystemCredential(name: string, directory: string | undefined): Promise<string> {
  const where = `the credential ${JSON.stringify(name)}`
  if (directory === undefined || !isAbsolute(directory)) {
    throw unavailable(where, '$CREDENTIALS_DIRECTORY is not set', {
      hint: `systemd sets it for a unit with LoadCredential=${name}:PATH; elsewhere use { command = […] } or { keychain = true }`,
    })
  }
  return readPasswordFile(join(directory, name), { where, isPrivatePlace: true })
}
