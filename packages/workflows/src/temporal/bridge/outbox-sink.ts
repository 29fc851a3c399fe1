import type { DeadlineSink } from '@guichet/projections'
import { CompiledQuery } from 'kysely'
import { note } from './note.ts'

/**
 * Notes each stream whose next deadline or labels have changed, within the projection's own transaction and in one statement: what is
 * committed there will be handed over, whether or not Temporal can be reached now.
 */
export const outboxSink: DeadlineSink = (tx, changes) =>
  note(
    (text, values) => tx.executeQuery(CompiledQuery.raw(text, [...values])),
    new Map(changes.map(({ stream, after }) => [stream, after ?? null])),
    { news: true },
  )
