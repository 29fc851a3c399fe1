import type { WorkerOptions } from '@temporalio/worker'
import { z } from 'zod'

/** Settings of a process's workers; omitted ones keep the workers' defaults. */
export type WorkerSettings = {
  /** How many deadlines are processed concurrently. */
  readonly concurrency?: number
  /** How many workflows are cached in memory between their tasks. */
  readonly cachedWorkflows?: number
  /** How many concurrent calls poll the server for tasks, of workflows and of activities each. */
  readonly pollers?: number
  /** The version of this worker, on a server that directs tasks by the versions of workers. */
  readonly deployment?: { readonly name: string; readonly buildId: string }
  /** The address at which the SDK's metrics are served for Prometheus, such as `127.0.0.1:9464`; nowhere by default. */
  readonly metricsAddress?: string
  /**
   * Runs workflows in the main thread, as a debugger needs it, instead of one per worker; a workflow that never yields
   * then blocks the process.
   */
  readonly debugMode?: boolean
}

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(least, `must be at least ${least}`).max(most, `must be at most ${most}`))
    .optional()
const name = z
  .string()
  .max(200)
  .regex(/^[\w.-]+$/, 'must be letters, digits, dots, hyphens and underscores')
  .optional()

const variables = z.object({
  GUICHET_TEMPORAL_CONCURRENCY: whole(1, 1_000),
  GUICHET_TEMPORAL_CACHED_WORKFLOWS: whole(2, 100_000),
  GUICHET_TEMPORAL_POLLERS: whole(2, 100),
  GUICHET_TEMPORAL_METRICS: z
    .string()
    .max(300)
    .regex(/^(\[[\da-f:.]+\]|[\d.]+):\d{1,5}$/i, 'must be of the form 127.0.0.1:9464')
    .optional(),
  TEMPORAL_DEPLOYMENT_NAME: name,
  TEMPORAL_WORKER_BUILD_ID: name,
})

/** @throws Error in one line that names the variable that is malformed, or requires another one that is missing. */
export function workerSettings(env: Readonly<Record<string, string>>): WorkerSettings {
  const parsed = variables.safeParse(env)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Error(`${String(issue?.path[0])} ${issue?.message}`)
  }
  const { data } = parsed
  const { TEMPORAL_DEPLOYMENT_NAME: deployment, TEMPORAL_WORKER_BUILD_ID: buildId } = data
  if ((deployment === undefined) !== (buildId === undefined))
    throw new Error('TEMPORAL_DEPLOYMENT_NAME needs TEMPORAL_WORKER_BUILD_ID beside it, and the other way round')
  const settings = {
    concurrency: data.GUICHET_TEMPORAL_CONCURRENCY,
    cachedWorkflows: data.GUICHET_TEMPORAL_CACHED_WORKFLOWS,
    pollers: data.GUICHET_TEMPORAL_POLLERS,
    metricsAddress: data.GUICHET_TEMPORAL_METRICS,
    deployment: deployment !== undefined && buildId !== undefined ? { name: deployment, buildId } : undefined,
  }
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}

/** The same, in the SDK's form; workers that run no workflows have no version. */
export const asWorkerOptions = (
  { cachedWorkflows, pollers, deployment, debugMode }: WorkerSettings,
  runsWorkflows: boolean,
): Partial<WorkerOptions> => ({
  ...(cachedWorkflows !== undefined && { maxCachedWorkflows: cachedWorkflows }),
  ...(pollers !== undefined && { maxConcurrentWorkflowTaskPolls: pollers, maxConcurrentActivityTaskPolls: pollers }),
  ...(debugMode !== undefined && { debugMode }),
  ...(deployment &&
    runsWorkflows && {
      workerDeploymentOptions: {
        version: { deploymentName: deployment.name, buildId: deployment.buildId },
        useWorkerVersioning: true,
        defaultVersioningBehavior: 'AUTO_UPGRADE' as const,
      },
    }),
})
