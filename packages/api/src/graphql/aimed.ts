import type { AimedFigure } from '@guichet/projections'
import type { SchemaParts } from './builder.ts'

/** Adds `Aimed`: a figure beside what the desk aims at. */
export const addAimed = ({ builder }: SchemaParts) =>
  builder.objectRef<AimedFigure>('Aimed').implement({
    description: 'A figure with its aim, in milliseconds or as a share from 0 to 1.',
    fields: (t) => ({
      value: t.exposeFloat('value', { nullable: true, description: 'The figure; null if nothing counts.' }),
      aim: t.exposeFloat('aim', { nullable: true, description: 'The aim; null if there is none.' }),
      met: t.exposeBoolean('met', { nullable: true }),
    }),
  })
