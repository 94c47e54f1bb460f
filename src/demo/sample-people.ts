/** The people of the sample mail. All are invented; their domains are reserved for examples (RFC 2606). */
export const people = {
  robin: 'Robin Vale <robin@example.org>',
  mira: 'Mira Holm <mira.holm@example.org>',
  otto: 'Otto Brandt <otto@example.net>',
  lena: 'Lena Fisk <lena.fisk@example.com>',
  tariq: 'Tariq Osman <tariq@example.net>',
  june: 'June Pell <june.pell@example.com>',
  sol: 'Sol Arden <sol@example.org>',
  vera: 'Vera Lund <vera@example.net>',
  library: 'Harbour Library <desk@library.example.org>',
  bakery: 'The Corner Bakery <hello@bakery.example.com>',
  deals: 'Turnip Deals <win@deals.example.com>',
} as const

export type Person = keyof typeof people

/** Whose mail it is. */
export const owner: Person = 'robin'
