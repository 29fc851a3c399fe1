export { streamClock } from './stream-clock.ts'
