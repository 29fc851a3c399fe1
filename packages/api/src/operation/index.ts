export type { OnOperation } from '../graphql/operation-outcomes.ts'
export type { TraceRequest } from '../server/failures.ts'
export { lastKnown, sharedAnswer } from '../server/health.ts'
export { defaultLimits } from '../server/limits.ts'
