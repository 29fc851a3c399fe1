import type { Page } from 'playwright-core'
import { bundledActivity } from './activity-site.ts'

let script: Promise<string> | undefined

/** The script of `@guichet/activity`, with its export as a global variable: for pages that load no module of ours. */
const globalScript = async (): Promise<string> =>
  (await bundledActivity()).replace(
    /export\s*\{\s*([\w$]+)(?:\s+as\s+createActivity)?\s*\}\s*;?/,
    (_, name: string) => `globalThis.createActivity = ${name}`,
  )

/**
 * Lets a page with a chat report to a desk as its visitor, by the variable `activity`, with options of its own. What is
 * lost is in the list `problems`.
 */
export async function startActivity(page: Page, server: string, options: string): Promise<void> {
  script ??= globalScript()
  await page.evaluate(`(() => {\n${await script}\n})()`)
  await page.evaluate(`{
    globalThis.problems = []
    globalThis.activity = createActivity({
      server: '${server}',
      token: () => document.querySelector('guichet-chat').token,
      onProblem: (problem) => problems.push(problem),
      ${options}
    })
    undefined
  }`)
}

/** The token of the visitor of a page with a chat. */
export const visitorToken = (page: Page): Promise<string> =>
  page.evaluate<string>(`document.querySelector('guichet-chat').token`)

/** Reads what a desk says of the bearer of a token: the fields of `viewer`. */
export async function readViewer<T>(server: string, token: string, fields: string): Promise<T> {
  const response = await fetch(`${server}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: `{ viewer { ${fields} } }` }),
  })
  const answer = (await response.json()) as { readonly data?: { readonly viewer: T }; readonly errors?: unknown }
  if (!answer.data) throw new Error(JSON.stringify(answer.errors))
  return answer.data.viewer
}
