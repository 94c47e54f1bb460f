/** What `--help` prints where it is no terminal: the parser's own words at 80 columns, without loading the parser. A test
 *  compares the two. */
export const plainHelpPage = `Usage: mailmirror [options] <command>

Mirrors IMAP mailboxes into a local SQLite store, and can prove that the copy is
complete.

Options:
  --version                  show the version
  -c, --config <file>        configuration to use
  --json                     JSON instead of text for people
  -q, --quiet                nothing but errors
  -v, --verbose              more; repeat it for all
  --progress <how>           how progress is shown (choices: "auto", "tty",
                             "plain", "json", "none")
  --color <when>             colours (choices: "auto", "always", "never")
  --debug                    stack traces of errors
  -h, --help                 show this, or the help of a command

Commands:
  sync [select...]           mirror accounts into their stores
  watch [select...]          mirror accounts, and keep the mirror current
  status [select...]         what the mirror holds, and whether it is complete
  search [query...]          find messages in the mirror
  show <id>                  show a message
  stats [select...]          count what the mirror holds: by mailbox, year,
                             sender
  export [query...]          write messages into files for other programs
  import <path...>           bring mail from files into the mirror
  restore [query...]         put messages back onto a server
  send [recipients...]       send a message, or one on stdin as sendmail does
  outbox                     what waits to be sent, and what became of the rest
  log [select...]            what has changed, as a line of JSON for each change
  hooks                      who is told of changes
  verify [select...]         check the mirror against itself, or against the
                             server
  reindex [account...]       make the index for searching anew
  prune [select...]          remove for good what mailboxes have lost long ago
  compact [account...]       give back the room that a store no longer uses
  backup <dir> [account...]  copy stores into a folder, later only what changed
  profile                    say why a sync is slow, and what to do about it
  doctor [account]           check what a sync needs, and say how to mend it
  account                    add an account, look at it, take it out again
  config                     where the configuration is, and whether it is good
  schedule [select...]       print what makes systemd, cron or launchd sync by
                             itself
  completion <shell>         print what makes your shell complete what you type
  demo                       try it all out against an embedded server; no
                             account needed

Examples:
  $ mailmirror demo
      sync from an embedded server and look at the result; needs no account
  $ mailmirror sync
      mirror all accounts of the configuration
  $ mailmirror status --json
      what the mirror holds, for scripts
  $ mailmirror sync --help
      the options of a command

Exit status:
    0  done, complete
    1  finished, but something is missing or failed; the next run retries it
   64  usage: unknown option or bad argument
   65  damaged data found
   66  no such account, mailbox or message
   69  server unreachable, or Node too old
   70  a bug (stack trace with --debug)
   74  local storage: disk full, I/O error, permission
   75  try again later: another sync holds the store, or the server throttles
   76  protocol or TLS refused: bad certificate, STARTTLS missing
   77  login rejected or needed
   78  configuration: no file, or an invalid key
  130  interrupted (143: terminated): what was committed stays
`
