/** The smallest config that mirrors something; shown where there is none. */
export const minimalExample = `[accounts.personal]
email = "me@example.org"

[accounts.personal.imap]
host = "imap.example.org"
password = { command = ["pass", "show", "mail/me"] }
`
