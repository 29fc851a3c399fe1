export { embeddedClock } from './embedded-clock.ts'
export type { EmbeddedClock, EmbeddedClockOptions } from './embedded-clock.ts'
