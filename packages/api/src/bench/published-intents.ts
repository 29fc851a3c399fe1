import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Questions of customers of a bank, each with its intent, published under CC BY 4.0 (Casanueva and others 2020, Banking77). */
export const publishedIntents = {
  source: 'banking_data of https://github.com/PolyAI-LDN/task-specific-datasets',
  train: 10_003,
  test: 3_080,
  categories: 77,
  /** The variable of the environment that names the folder with `train.csv` and `test.csv`. */
  variable: 'GUICHET_BANKING77',
} as const

/** Where it may lie beside the repository. */
const beside = fileURLToPath(new URL('../../../../../shared/data/intents-banking77', import.meta.url))

/** The two files in the folder that the environment names, whether they are there or not; else those beside the repository, if they are there. */
export function findPublishedIntents(
  environment: NodeJS.ProcessEnv = process.env,
): { readonly train: string; readonly test: string } | undefined {
  const named = environment[publishedIntents.variable]
  const folder = named ? resolve(named) : existsSync(beside) ? beside : undefined
  return folder === undefined ? undefined : { train: join(folder, 'train.csv'), test: join(folder, 'test.csv') }
}
