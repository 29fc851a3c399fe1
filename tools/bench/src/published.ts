import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The incident log of a ServiceNow desk, published under CC BY 4.0 as doi:10.24432/C57S4H: 24,918 incidents. */
export const publishedLog = {
  doi: 'doi:10.24432/C57S4H',
  incidents: 24_918,
  rows: 141_712,
  /** The variable of the environment that names its CSV file, plain or compressed by gzip. */
  variable: 'GUICHET_SERVICENOW_LOG',
} as const

/** The places beside the repository where it is looked for. */
const beside = fileURLToPath(new URL('../../../../shared/data/servicenow-incidents.csv.gz', import.meta.url))

/** Returns the file named by the environment, even if it does not exist; otherwise the one beside the repository, if there is one. */
export function findPublishedLog(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = environment[publishedLog.variable]
  if (named) return resolve(named)
  return existsSync(beside) ? beside : undefined
}

/** Questions of customers of a bank, each with its intent, published under CC BY 4.0 (Casanueva and others 2020, Banking77). */
export const publishedIntents = {
  source: 'banking_data of https://github.com/PolyAI-LDN/task-specific-datasets',
  train: 10_003,
  test: 3_080,
  categories: 77,
  /** The variable of the environment that names the folder with `train.csv` and `test.csv`. */
  variable: 'GUICHET_BANKING77',
} as const

/** The places beside the repository where it is looked for. */
const intentsBeside = fileURLToPath(new URL('../../../../shared/data/intents-banking77', import.meta.url))

/** Returns the two files in the folder named by the environment, even if they do not exist; otherwise those beside the repository, if any. */
export function findPublishedIntents(
  environment: NodeJS.ProcessEnv = process.env,
): { readonly train: string; readonly test: string } | undefined {
  const named = environment[publishedIntents.variable]
  const folder = named ? resolve(named) : existsSync(intentsBeside) ? intentsBeside : undefined
  return folder === undefined ? undefined : { train: join(folder, 'train.csv'), test: join(folder, 'test.csv') }
}

/** Logs of support channels on IRC with who answers whom, published under CC BY 4.0 (Kummerfeld and others 2019, Gouravajhala and others 2023). */
export const publishedChats = {
  source: 'data/new-domains of https://github.com/jkkummerfeld/irc-disentanglement',
  /** The variable of the environment that names the folder with `stripe.0.ascii.txt` and `stripe.0.annotation.txt`. */
  variable: 'GUICHET_CHAT_IRC',
} as const

/** The place beside the repository where they are looked for. */
const chatsBeside = fileURLToPath(new URL('../../../../shared/data/chat-irc/new-domains', import.meta.url))

/** Returns the folder named by the environment, even if it does not exist; otherwise the one beside the repository, if any. */
export function findPublishedChats(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = environment[publishedChats.variable]
  return named ? resolve(named) : existsSync(chatsBeside) ? chatsBeside : undefined
}
