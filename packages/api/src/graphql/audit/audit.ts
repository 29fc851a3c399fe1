import { inOurWords, instantSchema, personId } from '@guichet/domain'
import type { AuditFilter, AuditRow } from '@guichet/projections'
import { z } from 'zod'
import { edgeError } from '../../errors/index.ts'
import { connectionOf } from '../paging/connection.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import type { People } from '../schema/people.ts'
import type { FilterInputs } from '../ticket/filter.ts'
import { toTimeRange } from '../paging/time-range.ts'

const list = 'audit'
const printable = z
  .string()
  .min(1)
  .max(400)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'must not contain control characters or halves of surrogate pairs')

const filterSchema = z.object({
  stream: printable.nullish(),
  actorId: personId.nullish(),
  type: z.array(printable).min(1).max(50).nullish(),
  correlationId: printable.nullish(),
  at: z.object({ from: instantSchema.nullish(), to: instantSchema.nullish() }).nullish(),
})

/** `audit`: who did what, when and why, newest first. */
export function addAudit(builder: ApiBuilder, { actor }: People, { timeRange }: FilterInputs): void {
  const entry = builder.objectRef<AuditRow>('AuditEntry').implement({
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
      stream: t.string({ description: 'Such as ticket-<id>.' }),
      actorId: t.id(),
      type: t.stringList({ description: 'Types of events, such as TicketClosed.' }),
      correlationId: t.string({ description: 'Everything that one request or one import set off.' }),
      at: t.field({ type: timeRange }),
    }),
  })

  builder.queryField('audit', (t) =>
    t.connection({
      type: entry,
      description: 'The audit trail in the order it was recorded, newest first.',
      args: { filter: t.arg({ type: filterInput }) },
      resolve: (_, { filter, ...args }, { read }) =>
        connectionOf(list, args, async (page) => {
          const conditions = toAuditFilter(filter)
          return (await read('audit')).list(conditions, page)
        }),
    }),
  )
}

function toAuditFilter(input: unknown): AuditFilter {
  const parsed = filterSchema.safeParse(input ?? {}, inOurWords)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw edgeError('malformed_input', `filter.${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { at, stream, actorId, type, correlationId } = parsed.data
  return {
    ...(stream != null && { stream }),
    ...(actorId != null && { actorId }),
    ...(type != null && { type }),
    ...(correlationId != null && { correlationId }),
    ...(at != null && { at: toTimeRange(at) }),
  }
}
