import type { ListedCommand } from './listed-command.ts'
import { upkeepCommands } from './upkeep-commands.ts'

/** Only what `--help` shows; the rest of a command is loaded when it is named. */
export const commandList: readonly ListedCommand[] = [
  {
    usage: 'sync [select...]',
    summary: 'mirror accounts into their stores',
    load: async () => (await import('./sync.ts')).defineSync,
  },
  {
    usage: 'watch [select...]',
    summary: 'mirror accounts, and keep the mirror current',
    load: async () => (await import('./watch.ts')).defineWatch,
  },
  {
    usage: 'status [select...]',
    summary: 'what the mirror holds, and whether it is complete',
    load: async () => (await import('./status.ts')).defineStatus,
  },
  {
    usage: 'search [query...]',
    summary: 'find messages in the mirror',
    load: async () => (await import('./search.ts')).defineSearch,
  },
  { usage: 'show <id>', summary: 'show a message', load: async () => (await import('./show.ts')).defineShow },
  {
    usage: 'stats [select...]',
    summary: 'count what the mirror holds: by mailbox, year, sender',
    load: async () => (await import('./stats.ts')).defineStats,
  },
  {
    usage: 'export [query...]',
    summary: 'write messages into files for other programs',
    load: async () => (await import('./export.ts')).defineExport,
  },
  {
    usage: 'import <path...>',
    summary: 'bring mail from files into the mirror',
    load: async () => (await import('./import.ts')).defineImport,
  },
  {
    usage: 'restore [query...]',
    summary: 'put messages back onto a server',
    load: async () => (await import('./restore.ts')).defineRestore,
  },
  {
    usage: 'send [recipients...]',
    summary: 'send a message, or one on stdin as sendmail does',
    load: async () => (await import('./send.ts')).defineSend,
  },
  {
    usage: 'outbox',
    summary: 'what waits to be sent, and what became of the rest',
    load: async () => (await import('./outbox.ts')).defineOutbox,
  },
  {
    usage: 'log [select...]',
    summary: 'what has changed, as a line of JSON for each change',
    load: async () => (await import('./log.ts')).defineLog,
  },
  { usage: 'hooks', summary: 'who is told of changes', load: async () => (await import('./hooks.ts')).defineHooks },
  {
    usage: 'verify [select...]',
    summary: 'check the mirror against itself, or against the server',
    load: async () => (await import('./verify.ts')).defineVerify,
  },
  ...upkeepCommands,
  {
    usage: 'profile',
    summary: 'say why a sync is slow, and what to do about it',
    load: async () => (await import('./profile.ts')).defineProfile,
  },
  {
    usage: 'doctor [account]',
    summary: 'check what a sync needs, and say how to mend it',
    load: async () => (await import('./doctor.ts')).defineDoctor,
  },
  {
    usage: 'account',
    summary: 'add an account, look at it, take it out again',
    load: async () => (await import('./account.ts')).defineAccount,
  },
  {
    usage: 'config',
    summary: 'where the configuration is, and whether it is good',
    load: async () => (await import('./config.ts')).defineConfig,
  },
  {
    usage: 'schedule [select...]',
    summary: 'print what makes systemd, cron or launchd sync by itself',
    load: async () => (await import('./schedule.ts')).defineSchedule,
  },
  {
    usage: 'completion <shell>',
    summary: 'print what makes your shell complete what you type',
    load: async () => (await import('./completion.ts')).defineCompletion,
  },
  {
    usage: 'demo',
    summary: 'try it all out against an embedded server; no account needed',
    load: async () => (await import('./demo.ts')).defineDemo,
  },
  {
    usage: 'man',
    summary: 'print the manual as a man page',
    isHidden: true,
    load: async () => (await import('./man.ts')).defineMan,
  },
]
