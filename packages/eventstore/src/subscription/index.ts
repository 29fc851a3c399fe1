export * from './follower-health.ts'
export * from './read-batch.ts'
export { subscribe } from './subscribe.ts'
export type { Subscription } from './subscribe.ts'
