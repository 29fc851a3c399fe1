import type { FieldRef } from '@pothos/core'
import type { WithheldCause } from '@guichet/domain'
import { withheldCauses } from '@guichet/domain'
import type { DraftDay, DraftOutcomes } from '@guichet/projections'
import type { SchemaParts, SchemaTypes } from '../builder.ts'
import { enumOf } from '../vocabulary.ts'

type Fields<T> = PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, T>

const causeNames: Readonly<Record<WithheldCause, string>> = {
  review: 'A review says so: the figure `withheld` of reports.',
  holdout: 'It is in the holdout, which measures the effect of the others: the figure `holdout` of reports.',
}

/** Adds `WithheldCause`. */
export const addWithheldCause = ({ builder }: SchemaParts) =>
  enumOf(builder, 'WithheldCause', withheldCauses, {
    description: 'Why a draft is withheld.',
    describe: (word) => causeNames[word],
  })

/** How many drafts there were, by what became of them. */
export function outcomeFields<T extends DraftOutcomes>(
  t: Fields<T>,
): Readonly<Record<keyof DraftOutcomes, FieldRef<SchemaTypes, number>>> {
  return {
    suspected: t.int({ description: 'How many there were.', resolve: ({ suspected }) => suspected }),
    offered: t.int({ description: 'How many their customers were offered.', resolve: ({ offered }) => offered }),
    holdout: t.int({
      description: 'How many nobody was offered, so that the effect of the others can be measured.',
      resolve: ({ holdout }) => holdout,
    }),
    withheld: t.int({ description: 'How many a review has withheld.', resolve: ({ withheld }) => withheld }),
    opened: t.int({ description: 'How many were opened.', resolve: ({ opened }) => opened }),
    dismissed: t.int({
      description: 'How many were dismissed: false alarms.',
      resolve: ({ dismissed }) => dismissed,
    }),
    reported: t.int({
      description: 'How many were over because another ticket, probably about the same, was opened for their customer.',
      resolve: ({ reported }) => reported,
    }),
    lapsed: t.int({ description: 'How many were offered, and decided by nobody.', resolve: ({ lapsed }) => lapsed }),
  }
}

/** Adds `DraftDay`: what became of the drafts that were suspected on a day. */
export function addDraftDay({ builder }: SchemaParts) {
  return builder.objectRef<DraftDay>('DraftDay').implement({
    description: 'What became of the drafts that were suspected on a day.',
    fields: (t) => ({
      day: t.expose('day', { type: 'Date', description: 'The day, in UTC.' }),
      ...outcomeFields(t),
    }),
  })
}
