import type { Licence } from './needed-files.ts'

const maintainer = 'the mailmirror authors <mailmirror@example.org>'

/** Node is only recommended: Debian 12 has Node 18, and whoever has a newer one has it from elsewhere, often unknown to dpkg.
 *  A dependency could not be installed there. The program looks at its Node itself, and says which it needs. */
export function controlText({ version, kilobytes }: { version: string; kilobytes: number }): string {
  return `Package: mailmirror
Version: ${version}-1
Architecture: amd64
Maintainer: ${maintainer}
Installed-Size: ${kilobytes}
Depends: libc6 (>= 2.34), libgcc-s1 (>= 3.0), libstdc++6 (>= 11)
Recommends: nodejs (>= 22.15), ca-certificates
Suggests: libsecret-1-0
Section: mail
Priority: optional
Description: mirror of IMAP mailboxes in a local SQLite store
 Keeps a faithful copy of IMAP mailboxes on the disk: every message octet by
 octet, in one SQLite store that can be searched offline, exported to mbox or
 Maildir, and restored. Each run says of every mailbox whether its copy is
 complete, and what is missing and why.
 .
 It needs Node.js 22.15 or newer (22.x), or 24 or newer, as "node" in PATH;
 from where does not matter.
`
}

/** The program lies beside it, also where the package was unpacked elsewhere. */
export const wrapperScript = `#!/bin/sh
if ! command -v node >/dev/null 2>&1; then
  echo "mailmirror: there is no node in PATH: mailmirror needs Node 22.15 or newer (22.x), or 24 or newer" >&2
  exit 69
fi
here=$(readlink -f -- "$0")
exec node "\${here%/bin/mailmirror}/lib/mailmirror/mailmirror" "$@"
`

export function changelogText({ version, epoch }: { version: string; epoch: number }): string {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000')
  return `mailmirror (${version}-1) unstable; urgency=medium

  * Release ${version}; changelog.gz tells what is new.

 -- ${maintainer}  ${date}
`
}

/** In the machine-readable form of Debian (copyright-format 1.0). */
export function copyrightText(own: string, licences: readonly Licence[]): string {
  const holders = /^Copyright \(c\) (.*)$/m.exec(own)?.[1] ?? 'the mailmirror authors'
  const first = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: mailmirror

Files: *
Copyright: ${holders}
License: Expat
${folded(own)}`
  const further = licences.map(
    ({ name, version, kind, text }) => `
Files: usr/lib/mailmirror/node_modules/${name}/*
Copyright: ${copyrightLine(text)}
License: ${kind.replaceAll(/[^\w.+-]+/g, '-').replaceAll(/^-|-$/g, '')}-of-${name.replaceAll(/[^\w.-]/g, '')}-${version}
${folded(text)}`,
  )
  return [first, ...further].join('')
}

function copyrightLine(text: string): string {
  return /^\W*copyright\b.*\d{4}.*$/im.exec(text)?.[0].trim() ?? 'as the text says'
}

function folded(text: string): string {
  const lines = text.trim().split(/\r?\n/)
  return lines.map((line) => ` ${line.trim() === '' ? '.' : line.trimEnd()}\n`).join('')
}

/** What lintian says of it that is meant so. */
export const lintianOverrides = `# The octets that npm has, whose sum the lock file knows.
mailmirror: unstripped-binary-or-object [usr/lib/mailmirror/node_modules/better-sqlite3/prebuilds/linux-x64.node]
# It is not uploaded to Debian.
mailmirror: initial-upload-closes-no-bugs *
`
