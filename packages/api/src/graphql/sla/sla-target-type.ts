import type { SlaTargetRow } from '@guichet/projections'
import { slaStates } from '@guichet/projections'
import type { ApiBuilder } from '../schema/builder.ts'
import { seesOwnOnly } from '../schema/context.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import type { TicketRef } from '../ticket/ticket-type.ts'

/** What became of the desk's promises on a ticket. Customers see nothing of it: it is the desk's own affair. */
export function addSlaTarget(builder: ApiBuilder, ticket: TicketRef, { slaTarget, priority }: Vocabulary) {
  const state = builder.enumType('SlaState', {
    description:
      'PENDING, IMMINENT_BREACH (the desk has been warned) and PAUSED targets are open; BREACHED ones were due, whether or not anybody has recorded it, and may be open; ACHIEVED ones were done in time; CANCELLED ones were given up before they were due.',
    values: slaStates,
  })
  const record = builder.objectRef<SlaTargetRow>('SlaTargetRecord').implement({
    description: 'A target of an SLA policy on a ticket, open or over, and what became of it.',
    fields: (t) => ({
      target: t.expose('target', { type: slaTarget }),
      cycle: t.exposeInt('cycle', {
        description: 'Which time it ran: a reopened ticket’s resolution is the second, a later message waits anew.',
      }),
      state: t.expose('state', { type: state }),
      open: t.exposeBoolean('open', { description: 'Whether it is still to be done, in time or not.' }),
      held: t.exposeBoolean('held', {
        description: 'True while the history of an imported ticket is not complete: no time passes.',
      }),
      since: t.expose('since', { type: 'DateTime' }),
      dueAt: t.expose('dueAt', { type: 'DateTime', nullable: true, description: 'Null while its clock stands still.' }),
      timeLeft: t.exposeFloat('timeLeft', {
        nullable: true,
        description: 'The business time left while its clock stands still, in milliseconds.',
      }),
      warnedAt: t.expose('warnedAt', { type: 'DateTime', nullable: true }),
      pausedSince: t.expose('pausedSince', { type: 'DateTime', nullable: true }),
      breachedAt: t.expose('breachedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was due, if it was missed, whenever that was recorded.',
      }),
      achievedAt: t.expose('achievedAt', { type: 'DateTime', nullable: true }),
      answeredAt: t.expose('answeredAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was done after all, if it was missed.',
      }),
      cancelledAt: t.expose('cancelledAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When nobody waited for it any more, though it had not been done.',
      }),
      policy: t.exposeString('policy', { description: 'The name of the SLA policy.' }),
      calendar: t.exposeString('calendar', {
        nullable: true,
        description: 'Null for a policy that counts around the clock.',
      }),
      policyVersion: t.exposeString('policyVersion', { description: 'The version of the configuration.' }),
      category: t.exposeString('category', {
        nullable: true,
        description: 'This and what follows are the ticket’s own: as they were when the target was over.',
      }),
      priority: t.expose('priority', { type: priority }),
      plan: t.exposeString('plan', { nullable: true }),
      team: t.exposeString('team', { nullable: true }),
      assigneeId: t.exposeID('assigneeId', { nullable: true }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        resolve: ({ ticketId }, _, { loaders }) => loaders.ticket.load(ticketId),
      }),
    }),
  })

  builder.objectField(ticket, 'slaHistory', (t) =>
    t.field({
      type: [record],
      description:
        'Every target that was ever promised on the ticket, in the order in which they began. Empty for customers, and for a ticket as it was at an earlier moment.',
      extensions: { cost: 3 },
      resolve: async ({ id, asOf }, _, context) =>
        seesOwnOnly(context) || asOf !== undefined ? [] : [...(await context.loaders.slaTargets.load(id))],
    }),
  )
  return { record, state }
}

export type SlaTypes = ReturnType<typeof addSlaTarget>
