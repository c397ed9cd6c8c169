import { json, time } from '../copy-text.ts'
import type { RowRandom } from '../random.ts'
import type { World } from '../world.ts'
import type { TableSource } from './table-source.ts'

const actions: readonly (readonly [string, string | null])[] = [
  ['workflow.update', 'workflow'],
  ['workflow.create', 'workflow'],
  ['workflow.share', 'workflow'],
  ['execution.start', 'execution'],
  ['execution.cancel', 'execution'],
  ['user.login', null],
  ['user.logout', null],
  ['user.invite', 'user'],
  ['api_key.create', 'api_key'],
  ['report.export', 'workflow'],
]
const userAgents = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  'greenlang-cli/1.4.2',
  'curl/8.14.1',
]

export const auditLogs: TableSource = {
  table: 'audit_logs',
  columns: [
    'id',
    'user_id',
    'action',
    'resource_type',
    'resource_id',
    'ip_address',
    'result',
    'metadata',
    'user_agent',
    'session_id',
    'created_at',
  ],
  units: world => world.scale.auditLogs,
  rows: world => world.scale.auditLogs,
  write(world, n, row) {
    const random = world.random('audit_logs', n)
    const [action, resource] = random.pick(actions)
    const user = random.chance(0.97) ? world.userRanks.at(random.next()) : null
    const ending = random.next()
    row([
      world.id('audit_logs', n),
      user === null ? null : world.id('users', user),
      action,
      resource,
      resource && resourceId(world, random, resource),
      addressOf(random),
      ending < 0.95 ? 'success' : ending < 0.98 ? 'denied' : 'failure',
      json({ requestId: world.hex('audit_logs', n, 16), durationMs: Math.round(random.skewed(18, 2.4)) }),
      random.pick(userAgents),
      user === null ? null : world.hex('sessions', user * 100 + random.below(20), 32),
      time(world.calendar.at((n + random.next()) / world.scale.auditLogs)),
    ])
  },
}

function resourceId(world: World, random: RowRandom, resource: string): string {
  if (resource === 'workflow') return world.id('workflows', world.workflowRanks.at(random.next()))
  if (resource === 'execution') return world.id('workflow_executions', random.below(world.scale.executions))
  if (resource === 'user') return world.id('users', world.userRanks.at(random.next()))
  return world.id('api_keys', random.below(world.scale.apiKeys))
}

/** From the ranges kept for documentation. */
function addressOf(random: RowRandom): string {
  if (random.chance(0.2))
    return `2001:db8:${random.below(0xffff).toString(16)}::${random.below(0xffff).toString(16)}`
  return `${random.pick(['192.0.2', '198.51.100', '203.0.113'])}.${1 + random.below(254)}`
}
