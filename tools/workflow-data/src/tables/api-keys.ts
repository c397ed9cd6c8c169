import { createHash } from 'node:crypto'
import { dayMs } from '../calendar.ts'
import { json, time } from '../copy-text.ts'
import type { TableSource } from './table-source.ts'

const names = ['ci', 'production', 'staging', 'spreadsheet', 'meter gateway', 'nightly export']
const scopes = [['read'], ['read', 'write'], ['read', 'execute'], ['read', 'write', 'execute', 'admin']]
const limits = [60, 600, 6_000, null]

export const apiKeys: TableSource = {
  table: 'api_keys',
  columns: [
    'id',
    'user_id',
    'key_hash',
    'key_prefix',
    'name',
    'scopes',
    'rate_limit',
    'is_active',
    'expires_at',
    'last_used_at',
    'revoked_at',
    'created_at',
  ],
  units: world => world.scale.apiKeys,
  rows: world => world.scale.apiKeys,
  write(world, n, row) {
    const random = world.random('api_keys', n)
    const secret = `glk_${world.hex('secrets', n, 32)}`
    const createdAt = world.calendar.start - random.below(300) * dayMs
    const isRevoked = random.chance(0.12)
    const usedAt = random.chance(0.8) ? world.calendar.at(random.next()) : null
    row([
      world.id('api_keys', n),
      world.id('users', world.userRanks.at(random.next())),
      createHash('sha256').update(secret).digest('hex'),
      secret.slice(0, 10),
      random.pick(names),
      json(random.pick(scopes)),
      random.pick(limits),
      !isRevoked,
      time(random.chance(0.6) ? world.now + (random.below(400) - 60) * dayMs : null),
      time(usedAt),
      time(isRevoked ? world.calendar.at(0.5 + 0.5 * random.next()) : null),
      time(createdAt),
    ])
  },
}
