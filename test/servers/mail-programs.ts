import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMissing, unpackPackages } from './unpacked.ts'

/** Programs that hand their mail to a sendmail, and the libraries that a plain Debian 12 lacks for them. */
const packages = [
  'git-email', 'libmailtools-perl', 'mutt', 'bsd-mailx', 's-nail', 'liblockfile1', 'libbsd0', 'libgpgme11', 'libassuan0', 'libgsasl18', 'libntlm0', 'libgssglue1', 'libidn12',
  'libtokyocabinet9', 'libncursesw6',
] // prettier-ignore

const root = join(tmpdir(), 'mailmirror-test-programs-1')

/** For `describe.skipIf(withoutMailPrograms)`, as `withoutServers`. */
export const withoutMailPrograms = isMissing(root)

export async function unpackMailPrograms(): Promise<void> {
  await unpackPackages(packages, root)
}

const paths = {
  'git-send-email': 'usr/lib/git-core/git-send-email',
  mutt: 'usr/bin/mutt',
  'bsd-mailx': 'usr/bin/bsd-mailx',
  's-nail': 'usr/bin/s-nail',
} as const

export const mailProgram = (name: keyof typeof paths): string => join(root, paths[name])

/** What they need to find their libraries. */
export const mailProgramEnvironment: Readonly<Record<string, string>> = {
  PERL5LIB: join(root, 'usr/share/perl5'),
  LD_LIBRARY_PATH: ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map((folder) => join(root, folder)).join(':'),
}
