import { z } from 'zod'
import { actorSchema } from '@guichet/domain'
import type { AuditRow } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { joinIds, splitIds } from '../builder.ts'
import { addTimeRange, list, readFilter, timeRangeSchema } from '../filter.ts'
import { connectionOf, loadNodes, namesOf } from '../paging.ts'
import { addPeople } from '../vocabulary.ts'

const trail = 'audit'
const printable = z
  .string()
  .min(1)
  .max(400)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'must not contain control characters or halves of surrogate pairs')

const filterSchema = z.object({
  stream: printable.optional(),
  actorId: actorSchema.shape.id.optional(),
  type: list(printable),
  correlationId: printable.optional(),
  at: timeRangeSchema,
})

/** Adds `audit`: who did what, when and why, newest first. */
export function addAudit({ builder, use }: SchemaParts): void {
  const { actor } = use(addPeople)
  const timeRange = use(addTimeRange)
  const entry = builder.objectRef<AuditRow>('AuditEntry')
  builder.node(entry, {
    id: { resolve: ({ stream, version }) => joinIds(version, stream) },
    loadMany: loadNodes('audit', async (id, { read }) => {
      const [version = '', ...stream] = splitIds(id)
      if (!/^[1-9]\d{0,8}$/.test(version)) return undefined
      const named = { version: Number(version), stream: joinIds(...stream) }
      const { rows } = await (await read('audit')).list(named, { limit: 1 })
      return rows[0]?.row
    }),
    fields: (t) => ({
      eventId: t.exposeID('id'),
      stream: t.exposeString('stream'),
      version: t.exposeInt('version'),
      type: t.exposeString('type'),
      at: t.expose('at', { type: 'DateTime' }),
      recordedAt: t.expose('recordedAt', { type: 'DateTime' }),
      by: t.expose('actor', { type: actor }),
      commandId: t.exposeString('commandId'),
      correlationId: t.exposeString('correlationId'),
      causationId: t.exposeString('causationId'),
      reason: t.exposeString('reason', { nullable: true }),
    }),
  })

  const filterInput = builder.inputType('AuditFilter', {
    fields: (t) => ({
      stream: t.string({ description: 'A stream, such as ticket-<id>.' }),
      actorId: t.id(),
      type: t.stringList({ description: 'Types of events, such as TicketClosed.' }),
      correlationId: t.string({ description: 'Matches everything that one request or one import caused.' }),
      at: t.field({ type: timeRange }),
    }),
  })

  builder.queryField('audit', (t) =>
    t.connection(
      {
        type: entry,
        description: 'The audit trail in the order of recording, newest first.',
        args: { filter: t.arg({ type: filterInput }) },
        resolve: (_, { filter, ...args }, { read }) =>
          connectionOf(trail, args, async (page) => {
            const conditions = readFilter(filterSchema, filter)
            return (await read('audit')).list(conditions, page)
          }),
      },
      ...namesOf('AuditEntry'),
    ),
  )
}
