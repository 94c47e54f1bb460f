const passedOn = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'TERM',
  'DBUS_SESSION_BUS_ADDRESS',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'SSH_AUTH_SOCK',
  'GPG_TTY',
  'GNUPGHOME',
  'PASSWORD_STORE_DIR',
  // Without them Windows starts no program.
  'SystemRoot',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
])

/** What a password manager or a keychain needs to find its files, its agent and its screen; other secrets are not inherited (S07). */
export function smallEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const passed: Record<string, string> = {}
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && (passedOn.has(name) || /^(?:LC|XDG)_[A-Z_]+$/.test(name))) passed[name] = value
  }
  return passed
}
