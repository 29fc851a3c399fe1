import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'graphql'
import { documents } from '@guichet/console'
import { CommandFault } from '../fault.ts'
import type { Fault } from '@guichet/desk'

const ending = /\.(graphql|gql)$/

/**
 * Reads the documents in a file, or in the `.graphql` and `.gql` files of a folder. Each file contains one document.
 * Those of the chat widget follow: it is served with the API.
 * @throws Fault `config_invalid` when there are none, or one cannot be read or parsed.
 */
export async function readOperations(path: string): Promise<readonly string[]> {
  const invalid = (message: string, cause?: unknown): Fault =>
    new CommandFault('config_invalid', `GUICHET_OPERATIONS: ${message}`, { cause })
  const files = await filesOf(path).catch((cause: unknown) => {
    throw invalid(`${path} cannot be read`, cause)
  })
  if (files.length === 0) throw invalid(`${path} holds no file that ends in .graphql or .gql`)
  const ownDocuments = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(file, 'utf8').catch((cause: unknown) => {
        throw invalid(`${file} cannot be read`, cause)
      })
      try {
        parse(text)
      } catch (cause) {
        throw invalid(
          `${file} is no GraphQL document: ${cause instanceof Error ? cause.message : String(cause)}`,
          cause,
        )
      }
      return text
    }),
  )
  return [...ownDocuments, ...Object.values(documents)]
}

async function filesOf(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const names = await readdir(path, { recursive: true })
  return names.filter((name) => ending.test(name)).map((name) => join(path, name))
}
