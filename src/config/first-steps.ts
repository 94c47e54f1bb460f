/** What to do where there is no config: six lines. */
export const firstSteps = `add an account; its servers are found, and nothing is written before the login has worked:
  mailmirror account add me@example.org
or look around first, with sample mail and without an account:
  mailmirror demo
or name a config that lies elsewhere (\`mailmirror account add --help\` tells how scripts make one):
  mailmirror --config FILE sync`
