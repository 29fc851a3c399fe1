import { z } from 'zod'
import { line } from '../kernel/text.ts'

/** Those who begin and end work together: a centre, or a shift. */
export const crewKinds = ['centre', 'shift'] as const

/** A crew as it comes from outside: the id of a centre, or the name of a shift. */
export const crewSchema = z.strictObject({ kind: z.enum(crewKinds), name: line(200) })

/** A crew as history holds it. */
export const storedCrewSchema = z.object({ kind: z.enum(crewKinds), name: z.string() })

/** Those who begin and end work together: a centre by its id, or a shift by the name of its calendar. */
export type Crew = Readonly<z.infer<typeof storedCrewSchema>>

/** A crew without what a plan says of it. */
export const nameOf = ({ kind, name }: Crew): Crew => ({ kind, name })

/** Whether two crews are of the same kind and name, whatever else a plan says of them. */
export const isSameCrew = (one: Crew, other: Crew): boolean => one.kind === other.kind && one.name === other.name

/** Whether a crew is one of several, by kind and name. */
export const isAmong = (crews: readonly Crew[], crew: Crew): boolean => crews.some((each) => isSameCrew(each, crew))

/** Where somebody works, as far as shifts go. */
export type Placed = { readonly centre: string | null; readonly shift: string | null }

/** Whether somebody belongs to a crew by what their profile says. */
export const belongsTo = ({ kind, name }: Crew, { centre, shift }: Placed): boolean =>
  (kind === 'centre' ? centre : shift) === name
