import { readFile } from 'node:fs/promises'
import { maxHeaderSize } from 'node:http'
import { expect, it } from 'vitest'
import { longestToken } from '../auth/tokens.ts'
import { isEdgeErrorCode } from '../errors.ts'
import { largestPage } from '../graphql/paging.ts'
import { defaultLimits } from './limits.ts'

const document = await readFile(new URL('../../../../docs/reference/configuration.md', import.meta.url), 'utf8')
const [, section = ''] = /\n## Limits of the API\n(.*?)(?:\n## |$)/s.exec(document) ?? []

/** The rows of the table: limit, what it limits, its value, and the answer beyond it. */
const rows = [...section.matchAll(/^\| `?([\w ]+?)`? +\| (.*?) +\| ([\d,]+) +\| (.*?) +\|$/gm)].map(
  ([, limit = '', of = '', most = '', beyond = '']) => ({ limit, of, most: Number(most.replaceAll(',', '')), beyond }),
)

it('documents every limit of the API as it is, and no other', () => {
  expect(Object.fromEntries(rows.map(({ limit, most }) => [limit, most]))).toEqual({
    ...defaultLimits,
    'header size': maxHeaderSize,
    'page size': largestPage,
    'token length': longestToken,
  })
})

it('documents the answer beyond each limit', () => {
  const codes = rows.map(({ beyond }) => /^`(\w+)`$/.exec(beyond)?.[1] ?? beyond)
  expect(codes.filter((code) => !isEdgeErrorCode(code))).toEqual([
    'the WebSocket is closed with 1009',
    'it is parsed each time',
    'its subscriptions pause',
    'the WebSocket is cut',
    'the download is cut',
  ])
})
