import { retryWithBackOff } from '@guichet/eventstore'
import { TestWorkflowEnvironment } from '@temporalio/testing'

/** The SDK waits five seconds for the server, which a busy machine may need for the start alone: two minutes in all. */
const retries = { retries: 23, backOff: { first: 0, last: 0 } }

/** Starts the time-skipping server: a call that waits for a workflow's result there makes its time pass. */
export async function startTimeSkippingServer(executable: string): Promise<TestWorkflowEnvironment> {
  const server = { executable: { type: 'existing-path', path: executable } } as const
  return retryWithBackOff(() => TestWorkflowEnvironment.createTimeSkipping({ server }), retries)
}
