import { Option } from 'commander'

export function globalOptions(): readonly Option[] {
  return [
    new Option('-c, --config <file>', 'configuration to use'),
    new Option('--json', 'JSON instead of text for people'),
    new Option('-q, --quiet', 'nothing but errors'),
    new Option('-v, --verbose', 'more; repeat it for all').argParser(
      (_, before: number | undefined) => (before ?? 0) + 1,
    ),
    new Option('--progress <how>', 'how progress is shown').choices(['auto', 'tty', 'plain', 'json', 'none']),
    new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']),
    new Option('--debug', 'stack traces of errors'),
  ]
}
