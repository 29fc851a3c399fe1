import { createPreviewer, drawnAtOnce, PreviewLater } from '@guichet/files'
import { expect, it } from 'vitest'
import { createPermits } from './permits.ts'

/** A previewer whose pictures end when the test says so. */
function underTest() {
  let time = 0
  const turns = createPermits(drawnAtOnce.all, drawnAtOnce.ofOwner)
  const previewer = createPreviewer({ turns, now: () => time })
  const copied: string[] = []
  const ends = new Map<string, () => void>()
  const draw = (owner: string, picture: string): Promise<string> =>
    previewer
      .draw(
        { from: 'none', to: 'none' },
        () => {
          copied.push(picture)
          return new Promise((_, reject) => ends.set(picture, () => reject(new Error('no such picture'))))
        },
        owner,
      )
      .then(
        () => 'drawn',
        (error: Error) => (error instanceof PreviewLater ? `again in ${error.afterSeconds} s` : error.name),
      )
  /** Ends a picture once it is drawn, some milliseconds after that began. */
  const end = async (picture: string, ms = 0): Promise<void> => {
    await expect.poll(() => copied).toContain(picture)
    time += ms
    ends.get(picture)?.()
  }
  return { draw, copied, end }
}

it('draws one picture of each reader at a time, in turns, so that many of one delay no other', async () => {
  const { draw, copied, end } = underTest()
  const drawn = [...['a1', 'a2', 'a3'].map((picture) => draw('a', picture)), draw('b', 'b1'), draw('c', 'c1')]
  await expect.poll(() => copied).toEqual(['a1', 'b1'])
  await end('b1')
  await expect.poll(() => copied).toEqual(['a1', 'b1', 'c1'])
  await end('a1')
  await expect.poll(() => copied).toEqual(['a1', 'b1', 'c1', 'a2'])
  for (const picture of ['c1', 'a2']) await end(picture)
  await end('a3')
  expect(await Promise.all(drawn)).toEqual(Array(5).fill('Error'))
})

it('says at once when a picture may be asked for again where too many of its reader wait', async () => {
  const { draw, end } = underTest()
  const drawn = Array.from({ length: 24 }, (_, n) => draw('a', `a${n}`))
  const refused = await Promise.all(drawn.slice(8))
  expect(new Set(refused)).toEqual(new Set(['again in 9 s']))
  for (let n = 0; n < 8; n++) await end(`a${n}`, 4_000)
  expect(await Promise.all(drawn.slice(0, 8))).toEqual(Array(8).fill('Error'))
  const more = Array.from({ length: 9 }, (_, n) => draw('a', `b${n}`))
  expect(await more[8]).toBe('again in 34 s')
  for (let n = 0; n < 8; n++) await end(`b${n}`)
  await Promise.all(more)
})
