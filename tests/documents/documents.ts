import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { files, root } from '../workspace/sources.ts'

/** A document of the repository; `path` is relative to its root. */
export type Document = { readonly path: string; readonly text: string }

/** Every Markdown document of the repository, but for those that tests import. */
export const documents: readonly Document[] = files(root)
  .filter((path) => path.endsWith('.md') && !path.includes('/src/testing/faq/'))
  .map((path) => ({ path: relative(root, path), text: readFileSync(path, 'utf8') }))

/** A document by its path from the root. */
export function document(path: string): Document {
  return { path, text: readFileSync(join(root, path), 'utf8') }
}
