import { chmod, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Way } from './install-server.ts'
import { runProgram } from './run-program.ts'

const artifact = { group: 'io.temporal', name: 'temporal-test-server', version: '1.30.1' } as const
const mainClass = 'io.temporal.testserver.TestServer'
const withinMs = 5 * 60_000

/** Fetches the time-skipping server with Maven, and writes the one-line program that starts it with Java. */
export const fetchTimeSkippingServer: Way = async (_kind, folder, progress) => {
  const noJava = await runProgram('java', ['-version'], { withinMs: 60_000 })
  if (noJava !== undefined) return noJava
  progress(`Temporal time-skipping server: fetching ${artifact.group}:${artifact.name}:${artifact.version} with Maven`)
  const project = join(folder, 'maven')
  const jars = join(folder, 'jars')
  await mkdir(project, { recursive: true })
  await writeFile(join(project, 'pom.xml'), pom)
  const copy = ['-q', '-f', join(project, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`]
  const failed = await runProgram('mvn', copy, { withinMs })
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
