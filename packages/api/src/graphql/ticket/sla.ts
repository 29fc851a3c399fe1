import { businessDaysOf, instant } from '@guichet/domain'
import type { SlaDashboard, SlaFigures, SlaTargetRow } from '@guichet/projections'
import { pageOfTargets, slaDimensions, targetsAt } from '@guichet/projections'
import type { SlaRule } from '@guichet/desk/configuration'
import { ruleOf, whyDue } from '@guichet/desk/configuration'
import type { SchemaParts } from '../builder.ts'
import { joinIds, splitIds } from '../builder.ts'
import { connectionOf, loadNodes, namesOf } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import { periodOf } from '../desk/reports.ts'
import { readSlaFilter, readSlaTargetFilter } from './sla-filter.ts'
import { addTicketType } from './ticket.ts'
import { addVocabulary, enumOf } from '../vocabulary.ts'
import { addFilterInputs } from './ticket-filter.ts'

const list = 'slaTargets'

/** Adds `slaDashboard` and `slaTargets`. @returns the type of a dashboard. */
export function addSla({ builder, use }: SchemaParts) {
  const filters = use(addFilterInputs)
  const { record, connection } = use(addSlaTarget)
  const { filter, targetFilter } = filters.sla
  const figures = builder.objectRef<SlaFigures>('SlaFigures').implement({
    description:
      'Numbers of targets. `onTime`, `aboutToBreach`, `breached` and `paused` count targets open now, the others those of the period.',
    fields: (t) => ({
      onTime: t.exposeInt('onTime'),
      aboutToBreach: t.exposeInt('aboutToBreach', { description: 'Open targets that the desk has been warned of.' }),
      breached: t.exposeInt('breached', {
        description: 'Open and overdue, whether or not a breach has been recorded.',
      }),
      paused: t.exposeInt('paused', { description: 'Open targets whose clock is paused.' }),
      met: t.exposeInt('met', { description: 'Done in time, within the period.' }),
      missed: t.exposeInt('missed', { description: 'Due within the period and not done by then.' }),
      cancelled: t.exposeInt('cancelled', { description: 'Cancelled within the period, before they were due.' }),
      share: t.exposeFloat('share', {
        nullable: true,
        description: 'The share of met targets among those met and missed, from 0 to 1.',
      }),
    }),
  })
  const group = builder.objectRef<SlaDashboard['groups'][number]>('SlaGroup').implement({
    fields: (t) => ({
      key: t.exposeString('key', {
        nullable: true,
        description: 'The value of the dimension; null for tickets without one.',
      }),
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
        'The state of open targets now and the outcome of those of the period, grouped by a dimension. Categories are grouped one level below the category of the filter that contains them, which has a group of its own for tickets in none of its subcategories. Without such a filter they are grouped by top-level categories.',
      args: {
        by: t.arg({ type: dimension, defaultValue: 'category' }),
        filter: t.arg({ type: filter }),
        from: t.arg({ type: 'DateTime', description: 'The start of the period, included.' }),
        to: t.arg({ type: 'DateTime', description: 'The end of the period, not included.' }),
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
        description: 'Targets, ordered by due time; paused targets come last.',
        args: { filter: t.arg({ type: targetFilter }) },
        extensions: { cost: 200 },
        resolve: (_, { filter: conditions, ...args }, { read }) =>
          connectionOf(list, args, async (page) => {
            const filter = readSlaTargetFilter(conditions)
            return (await read('sla')).list(filter, page, instant(new Date()))
          }),
      },
      connection,
    ),
  }))
  return dashboard
}

/** Adds the SLA targets of a ticket. They are internal: customers see none of them. */
function addSlaTarget({ builder, use }: SchemaParts) {
  const ticket = use(addTicketType)
  const record = use(addSlaTargetRecord)
  const connection = builder.connectionObject(
    { type: record, ...namesOf('SlaTargetRecord')[0] },
    namesOf('SlaTargetRecord')[1],
  )
  builder.objectField(ticket, 'slaTargets', (t) =>
    t.connection(
      {
        type: record,
        description:
          'The SLA targets of the ticket: open ones first, in the order in which they began, then ended ones, the latest first. For a ticket as it was, they are as they were then, without centres. Empty for customers.',
        extensions: { ...deskOnly, cost: 3 },
        resolve: ({ id, asOf, history }, args, { loaders }) =>
          connectionOf(`ticketTargets:${id}`, args, async (page) => {
            if (asOf === undefined) return loaders.slaTargets.load({ ticketId: id, page })
            const { targets } = targetsAt(history ?? [], await loaders.terms.timelines(), asOf)
            return pageOfTargets(targets, page)
          }),
      },
      connection,
    ),
  )
  return { record, connection }
}

/** Adds `SlaTargetRecord`. */
function addSlaTargetRecord({ builder, use }: SchemaParts) {
  const ticket = use(addTicketType)
  const { slaTarget, slaState, calendarOwner, termsChange, priority } = use(addVocabulary)
  const rule = use(addSlaRule)
  const pause = use(addSlaPause)
  const record = builder.objectRef<SlaTargetRow>('SlaTargetRecord')
  builder.node(record, {
    id: { resolve: ({ ticketId, target, cycle }) => joinIds(ticketId, target, cycle) },
    loadMany: loadNodes('slaTargets', async (id, { read }) => {
      const rows = await (await read('sla')).byIds([splitIds(id).join('/')], instant(new Date()))
      return rows.find(({ ticketId, target, cycle }) => joinIds(ticketId, target, cycle) === id)
    }),
    description:
      'A target of an SLA policy on a ticket, open or ended: its state, and everything that its due time depends on.',
    fields: (t) => ({
      target: t.expose('target', { type: slaTarget }),
      cycle: t.exposeInt('cycle', {
        description:
          'The round of the target, counted from 1. A new round begins for the resolution with each reopening, for the next response with each later message of the customer, and for the update with each answer.',
      }),
      state: t.expose('state', { type: slaState }),
      open: t.exposeBoolean('open', { description: 'Whether it is not done yet, in time or not.' }),
      held: t.exposeBoolean('held', {
        description: 'Whether its clock is held because the import of the ticket’s history is not complete.',
      }),
      since: t.expose('since', { type: 'DateTime' }),
      dueAt: t.expose('dueAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it is or was due; null while its clock is paused.',
      }),
      timeLeft: t.exposeFloat('timeLeft', {
        nullable: true,
        description: 'The business time left while its clock is paused, in milliseconds.',
      }),
      pauses: t.field({
        type: [pause],
        description: 'The pauses of its clock since it began.',
        resolve: ({ pauses }) => [...pauses],
      }),
      warnedAt: t.expose('warnedAt', { type: 'DateTime', nullable: true }),
      pausedSince: t.expose('pausedSince', { type: 'DateTime', nullable: true }),
      breachedAt: t.expose('breachedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was due, if it was missed; the breach may have been recorded later.',
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
        description: 'When it was cancelled before it was done.',
      }),
      policy: t.exposeString('policy', { description: 'The name of the SLA policy.' }),
      policyVersion: t.exposeString('policyVersion', {
        description: 'The version of the configuration that decided it.',
      }),
      rule: t.field({
        type: rule,
        nullable: true,
        description: 'The rule that selected the policy.',
        resolve: (row, _, { loaders }) => ruleOf(row, loaders.terms),
      }),
      calendar: t.exposeString('calendar', {
        nullable: true,
        description: 'The calendar by which its time is counted; null for around the clock.',
      }),
      calendarOf: t.expose('calendarOf', {
        type: calendarOwner,
        nullable: true,
        description: 'The owner of the calendar; null for the policy’s own.',
      }),
      notBefore: t.expose('notBefore', {
        type: termsChange,
        nullable: true,
        description: 'The change at which it fell due, if the terms after the change would have made it due earlier.',
      }),
      why: t.string({
        description: 'A sentence that explains its due time.',
        resolve: async (row, _, { loaders }) => whyDue(row, await ruleOf(row, loaders.terms)),
      }),
      category: t.exposeString('category', {
        nullable: true,
        description:
          'The category of the ticket. Like priority, plan, team, level and centre, it is current while the target is open, and then as it was when the target ended.',
      }),
      priority: t.expose('priority', { type: priority }),
      plan: t.exposeString('plan', { nullable: true }),
      team: t.exposeString('team', { nullable: true }),
      level: t.exposeInt('level', { description: 'The support level.' }),
      centre: t.exposeString('centre', { nullable: true, description: 'The centre of the agent who has the ticket.' }),
      assigneeId: t.exposeID('assigneeId', { nullable: true }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        resolve: ({ ticketId }, _, { loaders }) => loaders.ticket.load(ticketId),
      }),
    }),
  })
  return record
}

/** Adds `SlaRule`. */
function addSlaRule({ builder, use }: SchemaParts) {
  const { priority } = use(addVocabulary)
  return builder.objectRef<SlaRule>('SlaRule').implement({
    description:
      'A row of the table of SLA policies: the first one that applied to the ticket. A field that is null matches any value.',
    fields: (t) => ({
      row: t.exposeInt('row', { description: 'The number of the row, counted from 1.' }),
      policy: t.string({ resolve: ({ policy: { name } }) => name }),
      time: t.float({
        nullable: true,
        description: 'The business time that it promises, in milliseconds; null if it promises business days.',
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
      organisations: t.stringList({ nullable: true, resolve: ({ policy: { applies } }) => applies.organisations }),
    }),
  })
}

/** Adds `SlaPause`. */
function addSlaPause({ builder }: SchemaParts) {
  return builder.objectRef<SlaTargetRow['pauses'][number]>('SlaPause').implement({
    fields: (t) => ({
      from: t.expose('from', { type: 'DateTime' }),
      to: t.expose('to', { type: 'DateTime', nullable: true, description: 'The end; null while the pause lasts.' }),
    }),
  })
}
