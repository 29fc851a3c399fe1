export type { Activity, ActivityProblem, ActivityToken } from './activity.ts'
export type { ActivityOptions, ActivityReporter } from './browser.ts'
export { createActivity } from './browser.ts'
export type { ActivityRecorder, SearchHandle } from './recorder.ts'
