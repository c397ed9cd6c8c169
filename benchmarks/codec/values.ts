/** What is encoded: rows as a query returns them, small objects, and text. The same in every run. */
import { seededRandom } from '@greenlang/testkit'

const random = seededRandom(11)
const below = (count: number) => Math.floor(random() * count)
const digits = (count: number) => Array.from({ length: count }, () => below(16).toString(16)).join('')
const uuid = () => `${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-${digits(12)}`
const moment = () => 1.7e12 + below(1e10)
const isoDate = () => new Date(moment()).toISOString()
const statuses = ['active', 'pending', 'cancelled', 'archived']
const words =
  'the order of a customer was delivered late because nobody at the warehouse read its note'.split(' ')
const prose = (count: number) => Array.from({ length: count }, () => words[below(words.length)]).join(' ')

const row = (id: number) => ({
  id,
  uuid: uuid(),
  name: `Customer ${below(1e6)}`,
  email: `user${below(1e6)}@example.org`,
  status: statuses[below(statuses.length)],
  amount: below(100_000) / 100,
  quantity: below(50),
  createdAt: isoDate(),
  updatedAt: isoDate(),
  active: random() < 0.5,
  deletedAt: null,
})
const rows = (count: number) => Array.from({ length: count }, (_, index) => row(10_000 + index))

const tenOf = ({ quantity: _, ...others }: ReturnType<typeof row>) => others

/** `rows`: the bar of 200 rows is theirs; `small`: that of objects with 5 to 10 properties; others are told only. */
export type Kind = 'rows' | 'small' | 'other'

export const values: ReadonlyMap<string, { readonly kind: Kind; readonly value: unknown }> = new Map<
  string,
  { readonly kind: Kind; readonly value: unknown }
>([
  ['200 rows', { kind: 'rows', value: rows(200) }],
  ['200 rows inside an object', { kind: 'rows', value: { total: 200, page: 1, items: rows(200) } }],
  ['5 properties', { kind: 'small', value: { id: 7, name: 'Ada', active: true, score: 1.5, team: 'core' } }],
  [
    '8 properties',
    {
      kind: 'small',
      value: {
        id: 42,
        name: 'Ada Lovelace',
        email: 'ada@example.org',
        active: true,
        score: 12.5,
        roles: null,
        createdAt: isoDate(),
        status: 'active',
      },
    },
  ],
  ['10 properties', { kind: 'small', value: tenOf(row(1)) }],
  [
    '5 properties, 3 of them nested',
    {
      kind: 'other',
      value: {
        id: 7,
        name: 'Ada',
        address: { street: 'Main Street 1', city: 'London', zip: 'N1' },
        tags: ['a', 'b', 'c'],
        settings: { theme: 'dark', mail: false },
      },
    },
  ],
  ['5 rows', { kind: 'other', value: rows(5) }],
  ['text of 20 kB', { kind: 'other', value: { title: 'report', body: prose(4000) } }],
])

/** For compression: what a codec writes of these. */
export const longValues: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['20 rows', rows(20)],
  ['200 rows', rows(200)],
  ['2000 rows', rows(2000)],
  ['text of 2 kB', { body: prose(400) }],
  ['text of 20 kB', { body: prose(4000) }],
  ['text of 60 kB', { body: prose(12_000) }],
  ['text of 1 MB', { body: prose(200_000) }],
])
