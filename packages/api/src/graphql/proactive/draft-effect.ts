import type { DraftEffect, DraftGroup } from '@guichet/projections'
import { draftGroups, effectDays, fewestCases } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { enumOf } from '../vocabulary.ts'

const groupNames: Readonly<Record<DraftGroup, string>> = {
  offered: 'Those that are not in the holdout, whatever a review or their customers have decided.',
  holdout: 'Those in the holdout, which chance chooses and nobody is offered.',
}

/** Adds `DraftEffect`: what customers did who were offered drafts, and those who were not. */
export function addDraftEffect({ builder }: SchemaParts) {
  const group = enumOf(builder, 'DraftGroup', draftGroups, {
    description: 'Drafts whose effect is compared.',
    describe: (word) => groupNames[word],
  })
  return builder.objectRef<DraftEffect>('DraftEffect').implement({
    description: `What the customers of a group of drafts did within ${effectDays} days.`,
    fields: (t) => ({
      group: t.expose('group', { type: group, description: 'The group.' }),
      cases: t.exposeInt('cases', {
        description: `How many drafts it has, of those that were suspected at least ${effectDays} days ago.`,
      }),
      reported: t.exposeInt('reported', {
        description: `How many of their customers have opened a ticket within ${effectDays} days, from the draft or not.`,
      }),
      share: t.exposeFloat('share', {
        nullable: true,
        description: `The share of those; null for fewer than ${fewestCases} cases.`,
      }),
      medianTimeToReport: t.exposeFloat('medianTimeToReport', {
        nullable: true,
        description: `The median time until their first ticket, in milliseconds; null for fewer than ${fewestCases} tickets.`,
      }),
    }),
  })
}
