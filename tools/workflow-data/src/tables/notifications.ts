import { time } from '../copy-text.ts'
import type { TableSource } from './table-source.ts'
import { workflowFacts } from './workflows.ts'

const kinds: readonly (readonly [string, string, string])[] = [
  ['execution_completed', 'Run completed', 'finished; its report is ready.'],
  ['execution_failed', 'Run failed', 'stopped; see its last step.'],
  ['workflow_shared', 'Workflow shared with you', 'was shared with you.'],
  ['factor_updated', 'Emission factor updated', 'uses a factor that has a newer edition.'],
  ['review_requested', 'Review requested', 'waits for your review.'],
]

export const notifications: TableSource = {
  table: 'notifications',
  columns: ['id', 'user_id', 'notification_type', 'title', 'body', 'is_read', 'read_at', 'created_at'],
  units: world => world.scale.notifications,
  rows: world => world.scale.notifications,
  write(world, n, row) {
    const random = world.random('notifications', n)
    const [type, title, text] = random.pick(kinds)
    const { name, owner } = workflowFacts(world, world.workflowRanks.at(random.next()))
    const createdAt = world.calendar.at((n + random.next()) / world.scale.notifications)
    const isRead = random.chance(0.7)
    row([
      world.id('notifications', n),
      world.id('users', owner),
      type,
      title,
      `"${name}" ${text}`,
      isRead,
      time(isRead ? Math.min(world.now, createdAt + Math.round(random.skewed(3_600_000, 3))) : null),
      time(createdAt),
    ])
  },
}
