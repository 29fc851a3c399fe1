import type { SupportLevel } from '../level/settings.ts'
import type { calendarOwners, SlaPolicy } from './settings.ts'
import { promiseNames } from './settings.ts'
import type { SlaTarget } from './target-clock.ts'

/** Whose calendar a target is counted on, where it is not the policy's own. */
export type CalendarOwner = { readonly kind: (typeof calendarOwners)[number]; readonly name: string }

/** A team's own calendar, and that of the centre where it works. */
export type TeamHours = {
  readonly calendar?: string | undefined
  readonly centre?: { readonly id: string; readonly calendar: string } | undefined
}

/** Who works when: what the calendar of a ticket follows from that a policy does not choose itself. */
export type DeskHours = {
  readonly teams?: Readonly<Record<string, TeamHours>>
  /** The teams that the tickets of a level are with that are with none by name. */
  readonly levelTeams?: Readonly<Partial<Record<SupportLevel, string>>>
}

/** A calendar by its name, and whose it is; without a name time passes around the clock. */
export type ChosenCalendar = { readonly calendar: string | undefined; readonly calendarOf: CalendarOwner | undefined }

/**
 * The calendar that a policy's time passes on for a ticket, or for one target of it: its own where the policy gives it one. A policy that asks for the team's takes that of its centre where the team
 * has none, and its own where there is neither.
 */
export function calendarFor(
  { teams = {}, levelTeams = {} }: DeskHours,
  { calendar, calendarOf, calendars }: Pick<SlaPolicy, 'calendar' | 'calendarOf' | 'calendars'>,
  { team, level }: { readonly team: string | undefined; readonly level: SupportLevel },
  target: SlaTarget | undefined,
): ChosenCalendar {
  const ofTarget = calendars && target && calendars[promiseNames[target]]
  if (ofTarget !== undefined) return { calendar: ofTarget, calendarOf: undefined }
  const own = { calendar, calendarOf: undefined }
  const name = team ?? levelTeams[level]
  const hours = name !== undefined && Object.hasOwn(teams, name) ? teams[name] : undefined
  if (calendarOf === undefined || name === undefined || hours === undefined) return own
  if (calendarOf === 'team' && hours.calendar !== undefined) {
    return { calendar: hours.calendar, calendarOf: { kind: 'team', name } }
  }
  if (!hours.centre) return own
  return { calendar: hours.centre.calendar, calendarOf: { kind: 'centre', name: hours.centre.id } }
}
