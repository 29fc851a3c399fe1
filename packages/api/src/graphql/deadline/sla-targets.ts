import type { TargetStanding } from '@guichet/domain'
import { instant, targetStandings } from '@guichet/domain'
import type { ApiBuilder } from '../schema/builder.ts'
import { seesOwnOnly } from '../schema/context.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import type { TicketRef } from '../ticket/ticket-type.ts'

/** `Ticket.slaTargets`: what the desk has promised, when it is due, and why then. */
export function addSlaTargets(builder: ApiBuilder, ticket: TicketRef, { slaTarget, targetState }: Vocabulary): void {
  const standing = builder.objectRef<TargetStanding>('SlaTargetStanding').implement({
    description: 'A target of an SLA policy that runs, with all that its deadline follows from.',
    fields: (t) => ({
      target: t.expose('target', { type: slaTarget }),
      cycle: t.exposeInt('cycle', { description: 'Which time it runs: a reopened ticket’s resolution is the second.' }),
      state: t.expose('state', { type: targetState }),
      since: t.expose('since', { type: 'DateTime' }),
      dueAt: t.expose('dueAt', { type: 'DateTime', nullable: true, description: 'Null while its clock stands still.' }),
      leftMs: t.exposeFloat('leftMs', {
        nullable: true,
        description: 'The business time left while its clock stands still, in milliseconds.',
      }),
      slaPolicy: t.exposeString('policy'),
      calendar: t.exposeString('calendar', {
        nullable: true,
        description: 'Null for a policy that counts around the clock.',
      }),
      policyVersion: t.exposeString('policyVersion', {
        description: 'The version of the configuration that says so.',
      }),
    }),
  })

  builder.objectField(ticket, 'slaTargets', (t) =>
    t.field({
      type: [standing],
      description: 'The targets that run, by the configuration as it is known now. Empty for customers.',
      extensions: { cost: 3 },
      resolve: async (view, _, context) => {
        if (seesOwnOnly(context)) return []
        const at = view.asOf ?? instant(new Date())
        const { timeline } = await context.services.desk.terms()
        return [...targetStandings(view, timeline, at)]
      },
    }),
  )
}
