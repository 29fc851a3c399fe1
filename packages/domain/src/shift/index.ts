export {
  belongsTo,
  changesAfter,
  crewKinds,
  crewOf,
  isAmong,
  isOnShift,
  isSameCrew,
  latestChange,
  nextChange,
  onShiftAt,
  planAt,
  shortCrewsAt,
  takesOver,
} from './plan.ts'
export type {
  Crew,
  CrewMembership,
  HandOver,
  OnShift,
  PlannedCrew,
  ShiftPlan,
  ShiftTimeline,
  ShortCrew,
} from './plan.ts'
export { languageAvailabilities } from './language-availability.ts'
export type { LanguageAvailability, LanguageHours, Speaker } from './language-availability.ts'
export { evolveShift, shiftAggregate, shiftDeadlines, shiftEvents, shiftId, shiftLabels, shiftsAt } from './shift.ts'
export type { FollowedShifts, ShiftChanged, ShiftCommand, ShiftEvent, ShiftsAt, ShiftState } from './shift.ts'
