import { TestWorkflowEnvironment } from '@temporalio/testing'

/** The SDK waits five seconds for the server, which a busy machine may need for the start alone. */
const mostStarts = 6

/** Starts the time-skipping server: a call that waits for a workflow's result there makes its time pass. */
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
