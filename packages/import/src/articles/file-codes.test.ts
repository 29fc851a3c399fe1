import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { fileFaults, skipCodes } from './article-file.ts'
import { fileCodes } from './folder.ts'

it.each([
  ['Why a file does not come in', [...fileCodes, ...skipCodes]],
  ['What is wrong with a file that comes in', fileFaults],
])('docs/guides/import-articles.md explains “%s”: every code, and no other, each once', async (title, codes) => {
  const document = await readFile(new URL('../../../../docs/guides/import-articles.md', import.meta.url), 'utf8')
  const [, section = ''] = document.split(`## ${title}\n`)
  const [table = ''] = section.split('\n## ')
  const documented = [...table.matchAll(/^\| `(\w+)` +\| (.{15,}?) +\|$/gm)].map(([, code]) => code)
  expect(documented.toSorted()).toEqual([...codes].toSorted())
})
