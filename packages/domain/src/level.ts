import { z } from 'zod'
import { durationSchema } from './kernel/time.ts'
import { nameSchema, share } from './kernel/values.ts'

/** The support levels, the first one closest to the customer (000, « Organisation Équipes Support »). */
export const supportLevels = [1, 2, 3] as const

/** A support level: 1, 2 or 3. */
export type SupportLevel = (typeof supportLevels)[number]

/** The default aims of a level. */
type Aims = {
  readonly respondWithin: string
  readonly solvedShare?: number
  readonly escalatedShare?: number
  readonly solvedInTimeShare?: number
  readonly averageSolution?: string
}

const shareOr = (aim: number | undefined) =>
  (aim === undefined ? share.optional() : share.default(aim)) as z.ZodOptional<typeof share>

/** The measures of one level, in elapsed time since a ticket came to it. */
const levelSchema = ({ respondWithin, solvedShare, escalatedShare, solvedInTimeShare, averageSolution }: Aims) =>
  z
    .strictObject({
      /** The team for tickets that are escalated to this level without naming one, unless their category names one. */
      team: nameSchema.optional(),
      /** Within how long the level answers: shown to whoever escalates, and the aim for the average. */
      respondWithin: durationSchema.prefault(respondWithin),
      /** The least share of its tickets that the level should solve itself. */
      solvedShare: shareOr(solvedShare),
      /** The largest share of its tickets that the level should hand up. */
      escalatedShare: shareOr(escalatedShare),
      /** The time limit of `solvedInTimeShare`. */
      solveWithin: durationSchema.prefault('2h'),
      /** The least share of its tickets that the level should solve within `solveWithin`. */
      solvedInTimeShare: shareOr(solvedInTimeShare),
      /** The aim for the average time to a solution. */
      averageSolution: (averageSolution === undefined
        ? durationSchema.optional()
        : durationSchema.prefault(averageSolution)) as z.ZodOptional<typeof durationSchema>,
    })
    .prefault({})

/**
 * The section `levels` of the configuration. Defaults are those of 000 (« KPIs Niveau 1 », « Niveau 2 », « Mobilisation
 * Critique »); there is no aim where 000 names none.
 */
export const levelSettingsSchema = z.strictObject({
  1: levelSchema({ respondWithin: '45s', solvedShare: 0.75, escalatedShare: 0.25, solvedInTimeShare: 0.85 }),
  2: levelSchema({ respondWithin: '30m', solvedShare: 0.9, averageSolution: '2h24m' }),
  3: levelSchema({ respondWithin: '2h', solvedShare: 1 }),
})

/** The aims of each support level. */
export type LevelSettings = Readonly<z.output<typeof levelSettingsSchema>>

/** The aims of the support levels where a configuration has none. */
export const defaultLevelSettings: LevelSettings = levelSettingsSchema.parse({})

/** The settings of the levels under a policy; the product's own by default. */
export const levelsOf = ({
  levels = defaultLevelSettings,
}: {
  readonly levels?: LevelSettings | undefined
}): LevelSettings => levels
