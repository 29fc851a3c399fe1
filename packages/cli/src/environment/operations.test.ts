import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { documents } from '@guichet/console'
import { readOperations } from './operations.ts'

const ofWidget: readonly string[] = Object.values(documents)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guichet-operations-'))
  await mkdir(join(folder, 'app', 'tickets'), { recursive: true })
  await mkdir(join(folder, 'none'))
  await writeFile(join(folder, 'app', 'viewer.graphql'), '{ viewer { role } }')
  await writeFile(join(folder, 'app', 'tickets', 'mine.gql'), 'query Mine { viewer { userId } }')
  await writeFile(join(folder, 'app', 'readme.md'), 'no operation')
  await writeFile(join(folder, 'broken.graphql'), '{ viewer {')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('reads the operations of a file, and of a folder with all that are in it', async () => {
  const read = async (path: string) => (await readOperations(path)).filter((text) => !ofWidget.includes(text))
  expect(await read(join(folder, 'app', 'viewer.graphql'))).toEqual(['{ viewer { role } }'])
  expect((await read(join(folder, 'app'))).toSorted()).toEqual([
    'query Mine { viewer { userId } }',
    '{ viewer { role } }',
  ])
})

it('adds those of the chat widget, which is served with the API', async () => {
  expect(await readOperations(join(folder, 'app'))).toEqual(expect.arrayContaining([...ofWidget]))
  expect(ofWidget.length).toBeGreaterThan(10)
})

it.each(['absent', 'none', 'broken.graphql'])('names the variable when %s cannot be used', async (name) => {
  await expect(readOperations(join(folder, name))).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringMatching(/^GUICHET_OPERATIONS: /) as string,
  })
})
