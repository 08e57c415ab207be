import type { Kysely, Migration } from 'kysely'
import type { DatabaseKind } from './tables.ts'

/**
 * Every change of the tables, oldest first; they only go forwards. A released one is never edited:
 * a further change is a further entry.
 */
export function migrations(kind: DatabaseKind): Record<string, Migration> {
  const binary = kind === 'sqlite' ? 'blob' : 'bytea'
  return {
    '0001 libraries': {
      async up(db: Kysely<unknown>) {
        await db.schema
          .createTable('libraries')
          .addColumn('owner', 'text', (column) => column.primaryKey())
          .addColumn('settings', 'text', (column) => column.notNull())
          .addColumn('left_at', 'text')
          .execute()
        await db.schema
          .createTable('articles')
          .addColumn('owner', 'text', (column) => column.notNull())
          .addColumn('id', 'text', (column) => column.notNull())
          .addColumn('title', 'text', (column) => column.notNull())
          .addColumn('source', 'text', (column) => column.notNull())
          .addColumn('uploader', 'text', (column) => column.notNull())
          .addColumn('size', 'integer', (column) => column.notNull())
          .addColumn('characters', 'integer', (column) => column.notNull())
          .addColumn('added_at', 'text', (column) => column.notNull())
          .addPrimaryKeyConstraint('articles_key', ['owner', 'id'])
          .execute()
        await db.schema
          .createTable('originals')
          .addColumn('owner', 'text', (column) => column.notNull())
          .addColumn('article', 'text', (column) => column.notNull())
          .addColumn('name', 'text', (column) => column.notNull())
          .addColumn('sha256', 'text', (column) => column.notNull())
          .addColumn('bytes', binary, (column) => column.notNull())
          .addPrimaryKeyConstraint('originals_key', ['owner', 'article'])
          .execute()
        await db.schema
          .createTable('unanswered')
          .addColumn('owner', 'text', (column) => column.notNull())
          .addColumn('question', 'text', (column) => column.notNull())
          .addColumn('day', 'text', (column) => column.notNull())
          .addColumn('times', 'integer', (column) => column.notNull())
          .addPrimaryKeyConstraint('unanswered_key', ['owner', 'question', 'day'])
          .execute()
      },
    },
    '0002 several processes': {
      async up(db: Kysely<unknown>) {
        await db.schema.alterTable('libraries').addColumn('changed', 'text').execute()
        await db.schema
          .createTable('deferred')
          .addColumn('interaction', 'text', (column) => column.primaryKey())
          .addColumn('payload', 'text', (column) => column.notNull())
          .addColumn('process', 'text', (column) => column.notNull())
          .addColumn('attempts', 'integer', (column) => column.notNull())
          .addColumn('kept_at', 'double precision', (column) => column.notNull())
          .addColumn('held_until', 'double precision', (column) => column.notNull())
          .execute()
      },
    },
    '0003 uploads': {
      async up(db: Kysely<unknown>) {
        await db.schema
          .createTable('uploads')
          .addColumn('who', 'text', (column) => column.primaryKey())
          .addColumn('times', 'text', (column) => column.notNull())
          .addColumn('last_at', 'text', (column) => column.notNull())
          .execute()
      },
    },
  }
}
