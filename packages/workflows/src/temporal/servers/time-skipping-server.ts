import { TestWorkflowEnvironment } from '@temporalio/testing'

/** Starts the time-skipping server: whoever waits for a workflow's result there lets its time pass. */
export function startTimeSkippingServer(executable: string): Promise<TestWorkflowEnvironment> {
  return TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: executable } },
  })
}
