import { json, time } from '../copy-text.ts'
import type { TableSource } from './table-source.ts'

const types = [
  'page_view',
  'page_view',
  'workflow_opened',
  'search',
  'run_started',
  'report_exported',
  'filter_changed',
]
const pages = ['/', '/workflows', '/executions', '/reports', '/citations', '/settings']

export const analyticsEvents: TableSource = {
  table: 'analytics_events',
  columns: ['id', 'event_type', 'user_id', 'session_id', 'properties', 'created_at'],
  units: world => world.scale.analyticsEvents,
  rows: world => world.scale.analyticsEvents,
  write(world, n, row) {
    const random = world.random('analytics_events', n)
    const type = random.pick(types)
    const user = random.chance(0.9) ? world.userRanks.at(random.next()) : null
    const properties: Record<string, unknown> = {
      page: random.pick(pages),
      loadMs: Math.round(random.skewed(140, 2)),
    }
    if (type === 'search') properties.query = world.nouns[random.below(world.nouns.length)]?.name
    if (type === 'workflow_opened')
      properties.workflow = world.id('workflows', world.workflowRanks.at(random.next()))
    row([
      world.id('analytics_events', n),
      type,
      user === null ? null : world.id('users', user),
      world.hex('sessions', (user ?? 1_000_000 + n) * 100 + random.below(20), 32),
      json(properties),
      time(world.calendar.at((n + random.next()) / world.scale.analyticsEvents)),
    ])
  },
}
