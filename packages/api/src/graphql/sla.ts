import { businessDaysOf, instant, slaTargets } from '@guichet/domain'
import type { SlaDashboard, SlaFigures, SlaTargetRow } from '@guichet/projections'
import { slaDimensions, targetsAt, withLatestEnded } from '@guichet/projections'
import { edgeError } from '../errors.ts'
import type { SlaRule } from '../promises.ts'
import { ruleOf, whyDue } from '../promises.ts'
import type { ApiBuilder } from './builder.ts'
import { joinIds, splitIds } from './builder.ts'
import { seesOwnOnly } from './context.ts'
import { connectionOf, loadNodes, namesOf } from './paging.ts'
import { periodOf } from './reports.ts'
import { readSlaFilter, readSlaTargetFilter } from './sla-filter.ts'
import type { FilterInputs } from './ticket-filter.ts'
import type { TicketRef } from './ticket.ts'
import type { Vocabulary } from './vocabulary.ts'
import { enumOf } from './vocabulary.ts'

const list = 'slaTargets'

/** `slaDashboard` and `slaTargets`: how the desk keeps its promises, and which ones. */
export function addSla(builder: ApiBuilder, ticket: TicketRef, words: Vocabulary, filters: FilterInputs): void {
  const record = addSlaTarget(builder, ticket, words)
  const { filter, targetFilter } = filters.sla
  const figures = builder.objectRef<SlaFigures>('SlaFigures').implement({
    description: 'Numbers of targets: the first four of those open now, the others of those of the period.',
    fields: (t) => ({
      onTime: t.exposeInt('onTime'),
      aboutToBreach: t.exposeInt('aboutToBreach', { description: 'The desk has been warned of them.' }),
      breached: t.exposeInt('breached', { description: 'Overdue, whether or not anybody has recorded it.' }),
      paused: t.exposeInt('paused', { description: 'Their clock stands still.' }),
      met: t.exposeInt('met', { description: 'Done in time, within the period.' }),
      missed: t.exposeInt('missed', { description: 'Due within the period and not done by then.' }),
      cancelled: t.exposeInt('cancelled', { description: 'Given up within the period, before they were due.' }),
      share: t.exposeFloat('share', { nullable: true, description: 'Met, of those met and missed, from 0 to 1.' }),
    }),
  })
  const group = builder.objectRef<SlaDashboard['groups'][number]>('SlaGroup').implement({
    fields: (t) => ({
      key: t.exposeString('key', { nullable: true, description: 'Null for tickets that have none.' }),
      figures: t.expose('figures', { type: figures }),
    }),
  })
  const dashboard = builder.objectRef<SlaDashboard>('SlaDashboard').implement({
    fields: (t) => ({
      total: t.expose('total', { type: figures }),
      groups: t.field({ type: [group], resolve: ({ groups }) => [...groups] }),
    }),
  })
  const dimension = enumOf(builder, 'SlaDimension', slaDimensions)

  builder.queryFields((t) => ({
    slaDashboard: t.field({
      type: dashboard,
      description:
        'How open targets stand now, and how those of the period ended, told apart by a dimension: categories one level below the one of the filter’s that holds them, whose own group is what is in none of its subcategories; at the top without one.',
      args: {
        by: t.arg({ type: dimension, defaultValue: 'category' }),
        filter: t.arg({ type: filter }),
        from: t.arg({ type: 'DateTime', description: 'Included.' }),
        to: t.arg({ type: 'DateTime', description: 'Not included.' }),
      },
      extensions: { cost: 200 },
      resolve: async (_, { by, filter: conditions, from, to }, { read }) => {
        const question = {
          by: by ?? ('category' as const),
          filter: readSlaFilter(conditions),
          period: periodOf({ from, to }),
        }
        const sla = await read('sla')
        return sla.dashboard(question, instant(new Date()))
      },
    }),
    slaTargets: t.connection(
      {
        type: record,
        description: 'Targets by when they are or were due; those whose clock stands still come last.',
        args: { filter: t.arg({ type: targetFilter }) },
        extensions: { cost: 200 },
        resolve: (_, { filter: conditions, ...args }, { read }) =>
          connectionOf(list, args, async (page) => {
            const asked = readSlaTargetFilter(conditions)
            return (await read('sla')).list(asked, page, instant(new Date()))
          }),
      },
      ...namesOf('SlaTargetRecord'),
    ),
  }))
}

/** How many of a ticket's targets that are over may be asked for at once: where updates are promised, each message ends one. */
const mostEnded = 200

/** What became of the desk's promises on a ticket. Customers see nothing of it: it is the desk's own affair. */
function addSlaTarget(builder: ApiBuilder, ticket: TicketRef, words: Vocabulary) {
  const { slaTarget, slaState, calendarOwner, termsChange, priority } = words
  const rule = builder.objectRef<SlaRule>('SlaRule').implement({
    description: 'A row of the table of SLA policies: the first one that applied to the ticket. What is null is any.',
    fields: (t) => ({
      row: t.exposeInt('row', { description: 'Counted from 1.' }),
      policy: t.string({ resolve: ({ policy: { name } }) => name }),
      time: t.float({
        nullable: true,
        description: 'The business time that it promises, in milliseconds; null where it is in business days.',
        resolve: ({ time }) => (typeof time === 'number' ? time : null),
      }),
      businessDays: t.int({ nullable: true, resolve: ({ time }) => businessDaysOf(time) }),
      categories: t.stringList({ nullable: true, resolve: ({ policy: { applies } }) => applies.categories }),
      priorities: t.field({
        type: [priority],
        nullable: true,
        resolve: ({ policy: { applies } }) => applies.priorities,
      }),
      plans: t.stringList({ nullable: true, resolve: ({ policy: { applies } }) => applies.plans }),
    }),
  })
  const pause = builder.objectRef<SlaTargetRow['pauses'][number]>('SlaPause').implement({
    fields: (t) => ({
      from: t.expose('from', { type: 'DateTime' }),
      to: t.expose('to', { type: 'DateTime', nullable: true, description: 'Null while it goes on.' }),
    }),
  })
  const record = builder.objectRef<SlaTargetRow>('SlaTargetRecord')
  builder.node(record, {
    id: { resolve: ({ ticketId, target, cycle }) => joinIds(ticketId, target, cycle) },
    loadMany: loadNodes('slaTargets', async (id, { loaders }) => {
      const targets = await loaders.slaTargets.load({ ticketId: splitIds(id)[0] ?? '', ended: mostEnded })
      return targets.find(({ ticketId, target, cycle }) => joinIds(ticketId, target, cycle) === id)
    }),
    description:
      'A target of an SLA policy on a ticket, open or over: what became of it, and all that its deadline follows from.',
    fields: (t) => ({
      target: t.expose('target', { type: slaTarget }),
      cycle: t.exposeInt('cycle', {
        description:
          'Which time it ran: a reopened ticket’s resolution is the second, a later message of the customer waits anew, and with each answer the next update begins.',
      }),
      state: t.expose('state', { type: slaState }),
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
      pauses: t.field({
        type: [pause],
        description: 'When its clock stood still since it began.',
        resolve: ({ pauses }) => [...pauses],
      }),
      warnedAt: t.expose('warnedAt', { type: 'DateTime', nullable: true }),
      pausedSince: t.expose('pausedSince', { type: 'DateTime', nullable: true }),
      breachedAt: t.expose('breachedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was due, if it was missed, whenever that was recorded.',
      }),
      metAt: t.expose('metAt', { type: 'DateTime', nullable: true, description: 'When it was done, if in time.' }),
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
      policyVersion: t.exposeString('policyVersion', { description: 'The version of the configuration that says so.' }),
      rule: t.field({
        type: rule,
        nullable: true,
        description: 'What the policy was chosen by.',
        resolve: (row, _, { loaders }) => ruleOf(row, loaders.terms),
      }),
      calendar: t.exposeString('calendar', {
        nullable: true,
        description: 'What its time is counted on; null for around the clock.',
      }),
      calendarOf: t.expose('calendarOf', {
        type: calendarOwner,
        nullable: true,
        description: 'Whose calendar that is, unless it is the policy’s own.',
      }),
      notBefore: t.expose('notBefore', {
        type: termsChange,
        nullable: true,
        description: 'The change before which it would have been due, and was not.',
      }),
      why: t.string({
        description: 'Why it is due when it is, in a sentence.',
        resolve: async (row, _, { loaders }) => whyDue(row, await ruleOf(row, loaders.terms)),
      }),
      category: t.exposeString('category', {
        nullable: true,
        description:
          'This and what follows are the ticket’s own and its agent’s: as they were when the target was over.',
      }),
      priority: t.expose('priority', { type: priority }),
      plan: t.exposeString('plan', { nullable: true }),
      team: t.exposeString('team', { nullable: true }),
      level: t.exposeInt('level', { description: 'The support level.' }),
      centre: t.exposeString('centre', { nullable: true, description: 'Of the agent who has the ticket.' }),
      assigneeId: t.exposeID('assigneeId', { nullable: true }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        resolve: ({ ticketId }, _, { loaders }) => loaders.ticket.load(ticketId),
      }),
    }),
  })

  builder.objectField(ticket, 'slaTargets', (t) =>
    t.field({
      type: [record],
      description:
        'The targets that were promised on the ticket, in the order in which they began: all that are open, and the latest of those that are over; of a ticket as it was, as they stood then, without centres. Empty for customers.',
      args: {
        ended: t.arg.int({
          required: true,
          defaultValue: 20,
          description: `How many of those that are over, by when they were: from 0 to ${mostEnded}. The operation costs by it.`,
        }),
      },
      extensions: { cost: 3, rows: { by: 'ended', besides: slaTargets.length } },
      resolve: async ({ id, asOf, history }, { ended }, context) => {
        if (ended < 0 || ended > mostEnded) throw edgeError('malformed_input', `ended must be from 0 to ${mostEnded}`)
        if (seesOwnOnly(context)) return []
        if (asOf === undefined) return [...(await context.loaders.slaTargets.load({ ticketId: id, ended }))]
        const { targets } = targetsAt(history ?? [], await context.loaders.terms.known(), asOf)
        return [...withLatestEnded(targets, ended)]
      },
    }),
  )
  return record
}
