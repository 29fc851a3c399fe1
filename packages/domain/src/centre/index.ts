export { centreLimits, centreSettingsSchema, defaultHandOver } from './settings.ts'
export type { Centre, CentreSettings, HandOverSettings } from './settings.ts'
