export { handOver } from './hand-over.ts'
export type { Shift } from './hand-over.ts'
export { centreLimits, centreSettingsSchema, defaultCentreSettings, defaultHandOver } from './settings.ts'
export type { Centre, CentreSettings, HandOverSettings } from './settings.ts'
