declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the Temporal server of the test run listens; undefined when there is none. */
    temporalServer: string | undefined
    /** The executable of the time-skipping server; undefined when there is none. */
    timeSkippingServer: string | undefined
    /** The executable of the dev server, for tests that stop and start one; undefined when there is none. */
    devServer: string | undefined
  }
}
