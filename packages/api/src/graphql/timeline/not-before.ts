import type { FieldRef } from '@pothos/core'
import type { SchemaTypes } from '../schema/builder.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import type { FieldBuilder } from './happening.ts'

type Due = 'TargetMet' | 'TargetWarned' | 'TargetBreached' | 'StagnationDetected' | 'UpdateOverdue'

/** The change that an event names before which what it tells of did not fall due. */
export const notBefore = <T extends Due>(t: FieldBuilder<T>, { termsChange }: Vocabulary): FieldRef<SchemaTypes> =>
  t.field({
    type: termsChange,
    nullable: true,
    description: 'The change before which it would have been due, and was not.',
    resolve: ({ event }) => event.notBefore,
  })
