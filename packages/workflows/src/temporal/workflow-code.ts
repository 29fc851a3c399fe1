import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WorkflowBundleOption } from '@temporalio/worker'

const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as { version: string }

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const built = new URL(extension === 'ts' ? '../../dist/temporal/' : './', import.meta.url)

/** The bundle of the workflows from the build: a bundle works only with the very version of the SDK that made it. */
export const bundlePath = fileURLToPath(new URL(`workflow-bundle-${version}.js`, built))

const workflows = fileURLToPath(new URL('workflow', import.meta.url))
let bundledNow: Promise<{ code: string }> | undefined

/**
 * The workflows as bundled by the build; without such a bundle, or for another version of the SDK, they are bundled
 * now.
 */
export async function workflowCode(): Promise<WorkflowBundleOption> {
  if (isBundled()) return { codePath: bundlePath }
  bundledNow ??= bundleWorkflows()
  return bundledNow
}

/** Whether there is a bundle of the present workflows. */
export function isBundled(): boolean {
  if (!existsSync(bundlePath)) return false
  const { mtimeMs } = statSync(bundlePath)
  return readdirSync(workflows).every((name) => statSync(join(workflows, name)).mtimeMs <= mtimeMs)
}

/** Bundles the workflows beside this module, from sources or from compiled code. */
export async function bundleWorkflows(): Promise<{ code: string }> {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker')
  return bundleWorkflowCode({
    workflowsPath: join(workflows, `index.${extension}`),
    logger: new DefaultLogger('ERROR'),
  })
}
