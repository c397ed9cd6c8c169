import { sql } from 'drizzle-orm'
import { boolean, index, integer, jsonb, pgTable, uniqueIndex, uuid, varchar } from 'drizzle-orm/pg-core'
import { createdAt, id, type JsonObject, moment, oneOf, rowVersion, updatedAt } from './columns.ts'
import { organizations } from './organizations.ts'

export const userRoles = ['owner', 'admin', 'member', 'viewer'] as const

export const users = pgTable(
  'users',
  {
    id: id(),
    organizationId: uuid('organization_id')
      .notNull()
      .references(() => organizations.id),
    /** Unique whatever its case: look it up by `lower(email)`. */
    email: varchar('email', { length: 255 }).notNull(),
    username: varchar('username', { length: 255 }),
    role: varchar('role', { length: 50, enum: userRoles }).notNull().default('member'),
    isActive: boolean('is_active').notNull().default(true),
    emailVerified: boolean('email_verified').notNull().default(false),
    lastLogin: moment('last_login'),
    passwordHash: varchar('password_hash', { length: 255 }),
    firstName: varchar('first_name', { length: 100 }),
    lastName: varchar('last_name', { length: 100 }),
    displayName: varchar('display_name', { length: 255 }),
    mfaEnabled: boolean('mfa_enabled').notNull().default(false),
    failedLoginAttempts: integer('failed_login_attempts').notNull().default(0),
    lockedUntil: moment('locked_until'),
    preferences: jsonb('preferences').$type<JsonObject>().notNull().default({}),
    rowVersion: rowVersion(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  table => [
    uniqueIndex('users_email_unique').on(sql`lower(${table.email})`),
    index('users_organization_id_idx').on(table.organizationId),
    oneOf('users_role_check', table.role, userRoles),
  ],
)
