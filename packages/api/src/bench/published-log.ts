import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The incident log of a ServiceNow desk, published under CC BY 4.0 as doi:10.24432/C57S4H: 24,918 incidents. */
export const publishedLog = {
  doi: 'doi:10.24432/C57S4H',
  incidents: 24_918,
  rows: 141_712,
  /** The variable of the environment that names its CSV file, plain or compressed by gzip. */
  variable: 'GUICHET_SERVICENOW_LOG',
} as const

/** Where it may lie beside the repository. */
const beside = fileURLToPath(new URL('../../../../../shared/data/servicenow-incidents.csv.gz', import.meta.url))

/** The file that the environment names, whether it is there or not; else the one beside the repository, if there is one. */
export function findPublishedLog(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = environment[publishedLog.variable]
  if (named) return resolve(named)
  return existsSync(beside) ? beside : undefined
}
