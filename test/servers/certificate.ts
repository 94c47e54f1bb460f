import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A self-signed certificate for these names (`DNS:localhost`, `IP:127.0.0.1`) and its key, both PEM. Needs openssl. */
export async function makeCertificate(
  names: readonly string[] = ['DNS:localhost', 'IP:127.0.0.1'],
): Promise<{ readonly certificate: string; readonly key: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'mailmirror-certificate-'))
  try {
    const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')]
    const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    const subject = ['-subj', '/CN=localhost', '-addext', `subjectAltName=${names.join(',')}`]
    await run('openssl', ['req', '-x509', ...options, ...subject, '-keyout', key, '-out', certificate])
    return { certificate: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
