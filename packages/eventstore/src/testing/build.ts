import { inject } from 'vitest'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Why the build is not that of the sources, and what to do; undefined when it is. */
    staleBuild?: string | undefined
    /** The path of the built command line, bundled for the run. */
    program: string
  }
}

/**
 * For tests that run the build in a process of its own.
 * @throws Error in one line, with what to do, when there is no build of the present sources.
 */
export function requireBuild(): void {
  const stale = inject('staleBuild')
  if (stale !== undefined) throw new Error(stale)
}

/**
 * The path of the built command line, as one bundle, which starts in a third of the time.
 * @throws as `requireBuild` does.
 */
export function builtProgram(): string {
  requireBuild()
  return inject('program')
}
