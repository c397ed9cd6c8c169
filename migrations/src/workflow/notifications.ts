import { boolean, index, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core'
import { createdAt, id, moment } from './columns.ts'
import { users } from './users.ts'

export const notifications = pgTable(
  'notifications',
  {
    id: id(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    notificationType: varchar('notification_type', { length: 50 }).notNull(),
    title: varchar('title', { length: 255 }).notNull(),
    body: text('body'),
    isRead: boolean('is_read').notNull().default(false),
    readAt: moment('read_at'),
    createdAt: createdAt(),
  },
  table => [index('notifications_user_id_idx').on(table.userId)],
)
