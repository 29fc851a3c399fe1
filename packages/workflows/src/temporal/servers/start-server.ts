import { TestWorkflowEnvironment } from '@temporalio/testing'
import { searchAttributes } from '../workflow/search-attributes.ts'

export type DevServerOptions = {
  readonly executable: string
  /** A free one by default. */
  readonly port?: number
  /** Where the UI listens; there is none by default. */
  readonly uiPort?: number
  /** The file that outlives the server; by default everything is forgotten with it. */
  readonly database?: string
  readonly extraArgs?: readonly string[]
}

/** A Temporal server of this machine that lives as long as the one who started it. */
export type RunningServer = { readonly address: string; stop(): Promise<void> }

/** Starts the dev server, with the search attributes of the clocks. */
export async function startDevServer(options: DevServerOptions): Promise<RunningServer> {
  const { executable, port, uiPort, database, extraArgs = [] } = options
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: executable },
      searchAttributes: Object.values(searchAttributes),
      extraArgs: [...extraArgs],
      ...(port !== undefined && { port }),
      ...(uiPort !== undefined && { ui: true, uiPort }),
      ...(database !== undefined && { dbFilename: database }),
    },
  })
  return { address: environment.address, stop: () => environment.teardown() }
}

/** Starts the time-skipping server: whoever waits for a workflow's result there lets its time pass. */
export function startTimeSkippingServer(executable: string): Promise<TestWorkflowEnvironment> {
  return TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: executable } },
  })
}
