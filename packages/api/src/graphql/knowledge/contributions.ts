import { z } from 'zod'
import type { Actor } from '@guichet/domain'
import type { ContributionRow } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { readFilter } from '../filter.ts'
import { addPeople } from '../vocabulary.ts'
import { knowledgeSettings } from './knowledge-settings.ts'

type ContributionView = ContributionRow & { readonly aim: number }

const mostMonths = 24

const argumentsSchema = z.object({ months: z.int().min(1).max(mostMonths).default(2) })

/** The most rows of a report. */
const mostRows = 500

/** Adds `articleContributions`: what each author does for articles in a month, beside the aim of level 2. */
export function addContributions({ builder, use }: SchemaParts): void {
  const { actor } = use(addPeople)
  const contribution = builder.objectRef<ContributionView>('ArticleContribution').implement({
    description: 'What somebody has done for articles in a month, in the time zone of the desk.',
    fields: (t) => ({
      month: t.exposeString('month', { description: 'The month, as 2026-03.' }),
      by: t.field({
        type: actor,
        description: 'Who has done it.',
        resolve: ({ agentId, name }): Actor => ({ kind: 'agent', id: agentId, ...(name !== undefined && { name }) }),
      }),
      created: t.exposeInt('created', { description: 'Articles begun.' }),
      revised: t.exposeInt('revised', { description: 'Revisions written in the first language of an article.' }),
      translated: t.exposeInt('translated', { description: 'Revisions written in other languages.' }),
      reviewed: t.exposeInt('reviewed', { description: 'Revisions approved or declined.' }),
      approved: t.exposeInt('approved', { description: 'Revisions approved.' }),
      articles: t.exposeInt('articles', {
        description: 'How many articles they have begun, revised or translated, each counted once.',
      }),
      aim: t.exposeInt('aim', { description: 'How many the desk aims at, of an agent of level 2 in a month.' }),
    }),
  })
  builder.queryField('articleContributions', (t) =>
    t.field({
      type: [contribution],
      description: `What each person of the desk has done for articles lately, by month: the latest month first, in each those first who have worked on most articles; ${mostRows} rows at most.`,
      args: {
        months: t.arg.int({
          description: `How many months, this one included, from 1 to ${mostMonths}; 2 unless given.`,
        }),
      },
      extensions: { cost: 100 },
      resolve: async (_, args, { read, services }) => {
        const { months } = readFilter(argumentsSchema, args)
        const { desk } = services
        const { policy } = await desk.terms()
        const rows = await (await read('contributions')).byMonth(months, desk.now(), policy.timeZone, mostRows)
        const { contributions: aim } = await knowledgeSettings(services)
        return rows.map((row) => ({ ...row, aim }))
      },
    }),
  )
}
