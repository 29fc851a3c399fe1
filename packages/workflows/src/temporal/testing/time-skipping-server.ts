import { TestWorkflowEnvironment } from '@temporalio/testing'

/** The SDK waits five seconds for the server, which a busy machine may need for it alone. */
const mostStarts = 6

/** Starts the time-skipping server: whoever waits for a workflow's result there lets its time pass. */
export async function startTimeSkippingServer(executable: string): Promise<TestWorkflowEnvironment> {
  for (let tries = 1; ; tries++) {
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({
        server: { executable: { type: 'existing-path', path: executable } },
      })
    } catch (error) {
      if (tries === mostStarts) throw error
    }
  }
}
