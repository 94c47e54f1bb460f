import { isDovecotInstalled } from './dovecot.ts'

/** For `test.skipIf(withoutDovecot)` and `describe.skipIf(withoutDovecot)`: where Dovecot is missing, tests that need it
 *  are skipped, by name and counted. MAILMIRROR_REQUIRE_DOVECOT=1 says that it has to be there: then they run, and
 *  `startDovecot` fails them. */
export const withoutDovecot = process.env['MAILMIRROR_REQUIRE_DOVECOT'] !== '1' && !isDovecotInstalled()
