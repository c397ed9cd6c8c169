import { dayMs } from '../calendar.ts'
import { json, time } from '../copy-text.ts'
import type { World } from '../world.ts'
import { slugOf } from './organizations.ts'
import type { TableSource } from './table-source.ts'

const firstNames =
  'Amina Ben Chiara Dmitri Elif Femi Grace Hiro Ines Jonas Kavya Liam Mei Noor Olga Pedro Quinn Rosa Sven Tariq Uma Viktor Wanjiru Ximena Yusuf Zofia Aarav Beatriz Cormac Dalia Emre Freya Goran Hana Idris Jana Kofi Leila Marek Nadia'.split(
    ' ',
  )
const lastNames =
  'Abebe Berg Costa Dubois Eriksson Fischer Garcia Haddad Ivanova Jansen Kimura Lindqvist Moreau Nguyen Okafor Patel Quispe Rossi Sato Tanaka Usman Varga Weber Xu Yilmaz Zhang Andersson Bauer Chen Diallo Esposito Fofanah Gupta Horvat Ibrahim Jovanovic Kowalski Larsen Mbeki Novak'.split(
    ' ',
  )
const languages = ['en', 'de', 'fr', 'es', 'pt', 'ja', 'hi']

export const users: TableSource = {
  table: 'users',
  columns: [
    'id',
    'organization_id',
    'email',
    'username',
    'role',
    'is_active',
    'email_verified',
    'last_login',
    'password_hash',
    'first_name',
    'last_name',
    'display_name',
    'mfa_enabled',
    'failed_login_attempts',
    'locked_until',
    'preferences',
    'row_version',
    'created_at',
    'updated_at',
  ],
  units: world => world.scale.users,
  rows: world => world.scale.users,
  write(world, n, row) {
    const { organization, createdAt } = userFacts(world, n)
    const random = world.random('users', n)
    const [first, last] = [random.pick(firstNames), random.pick(lastNames)]
    const username = `${first}.${last}.${n}`.toLowerCase()
    const isActive = !random.chance(0.07)
    const lastLogin = isActive ? world.calendar.at(0.3 + 0.7 * random.next()) : null
    const failures = random.chance(0.04) ? 1 + random.below(5) : 0
    row([
      world.id('users', n),
      world.id('organizations', organization),
      `${username}@${slugOf(world, organization)}.example`,
      random.chance(0.9) ? username : null,
      roleOf(random.next()),
      isActive,
      random.chance(0.94),
      time(lastLogin),
      `$scrypt$ln=15,r=8,p=1$${world.hex('password hashes', n, 64)}`,
      first,
      last,
      `${first} ${last}`,
      random.chance(0.35),
      failures,
      time(failures === 5 ? world.now + dayMs / 24 : null),
      json({
        language: random.pick(languages),
        theme: random.chance(0.4) ? 'dark' : 'light',
        digest: random.chance(0.6),
      }),
      1 + random.below(30),
      time(createdAt),
      time(lastLogin ?? createdAt),
    ])
  },
}

/** What other tables need to know of user `n`. */
export function userFacts(world: World, n: number): { organization: number; createdAt: number } {
  const random = world.random('user facts', n)
  const organization = world.organizationRanks.at(random.next())
  return { organization, createdAt: world.calendar.start - (400 + random.below(500)) * dayMs }
}

function roleOf(fraction: number): string {
  if (fraction < 0.03) return 'owner'
  if (fraction < 0.12) return 'admin'
  return fraction < 0.8 ? 'member' : 'viewer'
}
