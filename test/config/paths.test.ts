import { describe, expect, test } from 'vitest'
import { readEnvironment } from '../../src/config/environment.ts'
import { configPath, defaultStorePath } from '../../src/config/paths.ts'

const home = '/home/alice'
const under = (variables: Readonly<Record<string, string>>) => readEnvironment(variables, home)
const all = { MAILMIRROR_CONFIG: '/env/config.toml', XDG_CONFIG_HOME: '/xdg' }

describe('the path of the config', () => {
  test.each<readonly [what: string, string | undefined, Readonly<Record<string, string>>, string]>([
    ['the option before all', '/option.toml', all, '/option.toml'],
    ['MAILMIRROR_CONFIG next', undefined, all, '/env/config.toml'],
    ['XDG_CONFIG_HOME next', undefined, { XDG_CONFIG_HOME: '/xdg' }, '/xdg/mailmirror/config.toml'],
    ['the home directory last', undefined, {}, '/home/alice/.config/mailmirror/config.toml'],
    [
      'nothing from an empty variable',
      undefined,
      { MAILMIRROR_CONFIG: '', XDG_CONFIG_HOME: '' },
      '/home/alice/.config/mailmirror/config.toml',
    ],
    [
      'nothing from a relative XDG_CONFIG_HOME',
      undefined,
      { XDG_CONFIG_HOME: 'xdg' },
      '/home/alice/.config/mailmirror/config.toml',
    ],
    ['the home directory for ~', '~/mail.toml', {}, '/home/alice/mail.toml'],
    [
      'the home directory for ~ in the variable',
      undefined,
      { MAILMIRROR_CONFIG: '~/mail.toml' },
      '/home/alice/mail.toml',
    ],
  ])('takes %s', (...[, option, variables, path]) => {
    expect(configPath(option, under(variables))).toBe(path)
  })

  test('is absolute when the option is not', () => {
    expect(configPath('mail.toml', under({}))).toBe(`${process.cwd()}/mail.toml`)
  })
})

test('the store lies in XDG_DATA_HOME, else below the home directory', () => {
  expect(defaultStorePath(under({ XDG_DATA_HOME: '/data' }))).toBe('/data/mailmirror/mail.db')
  expect(defaultStorePath(under({ XDG_DATA_HOME: 'data' }))).toBe('/home/alice/.local/share/mailmirror/mail.db')
})

test('an environment does not follow later changes', () => {
  const variables: Record<string, string> = { HOME: '/a' }
  const environment = readEnvironment(variables, home)
  variables['HOME'] = '/b'
  expect(environment).toEqual({ variables: { HOME: '/a' }, homeDirectory: home })
  expect(Object.isFrozen(environment) && Object.isFrozen(environment.variables)).toBe(true)
})
