import type { Briefing } from '@guichet/domain'
import type { ApiBuilder } from '../schema/builder.ts'
import type { People } from '../schema/people.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import { enumOf } from '../schema/enum-values.ts'

/** `Briefing`: what an expert is told of a ticket that they have never seen. Only the desk is shown one. */
export function addBriefingType(builder: ApiBuilder, { priority, slaTarget, slaState }: Vocabulary, { actor }: People) {
  const kind = enumOf(builder, 'AttemptKind', ['reply', 'note'])
  const attempt = builder.objectRef<Briefing['tried'][number]>('Attempt').implement({
    description: 'Something that the desk had said: what was tried, in its first line.',
    fields: (t) => ({
      at: t.expose('at', { type: 'DateTime' }),
      by: t.expose('by', { type: actor }),
      kind: t.expose('kind', { type: kind }),
      line: t.exposeString('line'),
    }),
  })
  const target = builder.objectRef<Briefing['targets'][number]>('BriefedTarget').implement({
    fields: (t) => ({
      target: t.expose('target', { type: slaTarget }),
      cycle: t.exposeInt('cycle'),
      state: t.expose('state', { type: slaState }),
      dueAt: t.expose('dueAt', { type: 'DateTime', nullable: true }),
    }),
  })
  const related = builder.objectRef<Briefing['related'][number]>('BriefedTicket').implement({
    fields: (t) => ({
      ticketId: t.exposeID('ticketId'),
      relation: t.exposeString('relation', { description: 'That of a link, or `merged`, `split` or `split_from`.' }),
    }),
  })
  const earlier = builder.objectRef<Briefing['earlier'][number]>('PastEscalation').implement({
    fields: (t) => ({
      at: t.expose('at', { type: 'DateTime' }),
      by: t.expose('by', { type: actor }),
      team: t.exposeString('team', { nullable: true }),
      level: t.exposeInt('level'),
      reason: t.exposeString('reason'),
    }),
  })
  return builder.objectRef<Briefing>('Briefing').implement({
    description: 'A ticket as it stood when it was escalated.',
    fields: (t) => ({
      customerId: t.exposeID('customerId'),
      plan: t.exposeString('plan', { nullable: true }),
      subject: t.exposeString('subject'),
      category: t.exposeString('category', { nullable: true }),
      priority: t.expose('priority', { type: priority }),
      openedAt: t.expose('openedAt', { type: 'DateTime' }),
      reopenings: t.exposeInt('reopenings'),
      tried: t.expose('tried', { type: [attempt], description: 'The last of it, the latest last.' }),
      triedBefore: t.exposeInt('triedBefore', { description: 'How much the desk had said before that.' }),
      targets: t.expose('targets', { type: [target] }),
      related: t.expose('related', { type: [related] }),
      earlier: t.expose('earlier', { type: [earlier], description: 'The escalations before, the latest last.' }),
    }),
  })
}

export type BriefingRef = ReturnType<typeof addBriefingType>
