/** What is wrong with a name for an account, to stand after "an account's name"; undefined: nothing. A name stands before
 *  `/MAILBOX` on the command line, in tables and in the store. */
export function accountNameFault(name: string): string | undefined {
  if (name === '') return 'may not be empty'
  if (name.includes('/')) return 'may not hold "/", which stands before a mailbox'
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)) return 'may not hold control or invisible characters'
  if (name.trim() !== name) return 'may not begin or end with a space'
  if (name.startsWith('-')) return 'may not begin with "-", like an option'
  return name.length > 100 ? 'may not be longer than 100 characters' : undefined
}
