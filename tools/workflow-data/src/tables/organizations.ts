import { dayMs } from '../calendar.ts'
import { json, time } from '../copy-text.ts'
import type { Noun } from '../wordnet.ts'
import type { World } from '../world.ts'
import type { TableSource } from './table-source.ts'

const types = ['company', 'utility', 'municipality', 'university', 'consultancy', 'ngo']
const endings = [
  'Works',
  'Cooperative',
  'Group',
  'Industries',
  'Partners',
  'Trading',
  'Laboratories',
  'Foods',
]
const currencies = ['EUR', 'USD', 'GBP', 'INR', 'JPY', 'BRL']

export const organizations: TableSource = {
  table: 'organizations',
  columns: [
    'id',
    'name',
    'slug',
    'organization_type',
    'is_active',
    'settings',
    'row_version',
    'created_at',
    'updated_at',
    'deleted_at',
  ],
  units: world => world.scale.organizations,
  rows: world => world.scale.organizations,
  write(world, n, row) {
    const random = world.random('organizations', n)
    const noun = random.pick<Noun>(world.nouns).name.replace(/\b[a-z]/g, letter => letter.toUpperCase())
    const name = `${noun} ${random.pick(endings)}`
    const createdAt = world.calendar.start - (1_000 + random.below(500)) * dayMs
    const isDeleted = random.chance(0.02)
    const updatedAt = createdAt + random.below(900) * dayMs
    row([
      world.id('organizations', n),
      name,
      slugOf(world, n),
      random.pick(types),
      !isDeleted,
      json({ currency: random.pick(currencies), fiscalYearStart: 1 + random.below(12), retentionDays: 730 }),
      1 + random.below(4),
      time(createdAt),
      time(updatedAt),
      time(isDeleted ? updatedAt : null),
    ])
  },
}

/** Also the domain of its users' addresses. */
export function slugOf(world: World, n: number): string {
  const noun = world.nouns[Math.floor(world.random('organizations', n).next() * world.nouns.length)]
  return `${noun?.name.replace(' ', '-')}-${n}`
}
