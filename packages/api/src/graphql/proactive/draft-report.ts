import type { Instant } from '@guichet/domain'
import { days, elapsed, later } from '@guichet/domain'
import type { DraftEffect, DraftFigures, TimeRange } from '@guichet/projections'
import { fewestCases, mostReportDays, projectionsBehind, ticketModels, ticketsAvoided } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { checkLength, periodOf } from '../desk/reports.ts'
import { addDraftEffect } from './draft-effect.ts'
import { addDraftDay, outcomeFields } from './draft-outcomes.ts'
import { addDraftType } from './draft.ts'

/** The figures of a rule, with the effect of its drafts. */
type RuleReport = DraftFigures & { readonly effect: readonly DraftEffect[] }

/** Adds `draftReport`. */
export function addDraftReport({ builder, use }: SchemaParts): void {
  const { rule } = use(addDraftType)
  const effect = use(addDraftEffect)
  const day = use(addDraftDay)
  const share = (description: string) =>
    ({ nullable: true, description: `${description} Null where there are none.` }) as const
  const figures = builder.objectRef<RuleReport>('DraftFigures').implement({
    description: 'What became of the drafts that a rule has suspected in a period.',
    fields: (t) => ({
      rule: t.expose('rule', { type: rule, description: 'The rule.' }),
      ...outcomeFields(t),
      acceptance: t.exposeFloat('acceptance', share('Of those that were offered and are decided, the share opened.')),
      precision: t.exposeFloat(
        'precision',
        share('Of those that somebody has decided, the share that was right: neither dismissed nor withheld.'),
      ),
      days: t.field({
        type: [day],
        description: 'The same by the day on which they were suspected, without days that have none.',
        resolve: ({ days }) => days,
      }),
      effect: t.field({
        type: [effect],
        description: 'The effect of offering them: what customers did who were offered drafts, and who were not.',
        resolve: (report) => [...report.effect],
      }),
      ticketsAvoided: t.float({
        nullable: true,
        description: `How many tickets fewer those have opened who were offered drafts than the holdout lets expect; below 0 where drafts bring up more than they avoid. Null for fewer than ${fewestCases} cases in either group.`,
        resolve: ({ effect: groups }) => ticketsAvoided(groups),
      }),
    }),
  })
  builder.queryField('draftReport', (t) =>
    t.field({
      type: [figures],
      description: `The figures of drafts by rule, of those that were suspected in a period: ${mostReportDays} days at most. Drafts whose tickets the desk has refused are left out.`,
      args: {
        from: t.arg({
          type: 'DateTime',
          description: `The beginning, included; ${mostReportDays} days before the end unless given.`,
        }),
        to: t.arg({ type: 'DateTime', description: 'The end, not included; now unless given.' }),
      },
      extensions: { cost: 100 },
      resolve: async (_, period, { read, services }): Promise<RuleReport[]> => {
        const range = reportPeriod(period, services.desk.now())
        const behind = [...projectionsBehind.drafts, ...ticketModels, ...projectionsBehind.customers]
        const drafts = await read('drafts', behind)
        const [counted, effects] = await Promise.all([drafts.figures(range), drafts.effect(range, services.desk.now())])
        return counted.map((each) => ({ ...each, effect: effects.filter((one) => one.rule === each.rule) }))
      },
    }),
  )
}

type Period = Parameters<typeof periodOf>[0]

/** The period of a report. @throws `malformed_input` when it is none, or too long. */
function reportPeriod(period: Period, now: Instant): TimeRange {
  const { from, to } = periodOf(period)
  const end = to ?? now
  if (from !== undefined) checkLength(Math.ceil(elapsed(from, end) / days(1)))
  return { from: from ?? later(end, -days(mostReportDays)), ...(to !== undefined && { to }) }
}
