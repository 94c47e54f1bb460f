/** What is known of where something was: `work / INBOX / UID FETCH`. */
export function formatPlace(...names: readonly string[]): string {
  return names.filter((name) => name !== '').join(' / ')
}
