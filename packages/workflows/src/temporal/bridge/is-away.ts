import { isDatabaseAway } from '@guichet/eventstore'
import { grpcErrorIn, isBusyWorkflow } from '../connection/grpc-error.ts'
import { troubleOf } from '../connection/trouble.ts'

const invalidArgument = 3

/** Whether it is Temporal or the event store that cannot be asked, rather than one stream that cannot be handed over. */
export function isAway(error: unknown): boolean {
  if (isDatabaseAway(error)) return true
  if (troubleOf(error) === undefined) return false
  const answered = grpcErrorIn(error)
  return !answered || (answered.code !== invalidArgument && !isBusyWorkflow(answered))
}
