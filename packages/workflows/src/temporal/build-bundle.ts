import { utimes, writeFile } from 'node:fs/promises'
import { bundlePath, bundleWorkflows, isBundled } from './workflow-code.ts'

// A step of the build, after the compiler: bundles the workflows once, so that no server has to do it at its start.
if (isBundled()) {
  // Sources that were written again without a change are older than the bundle, too.
  const now = new Date()
  await utimes(bundlePath, now, now)
} else await writeFile(bundlePath, (await bundleWorkflows()).code)
