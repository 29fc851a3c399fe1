import { createPreviewer, drawnAtOnce, PreviewLater } from '@guichet/files'
import { expect, it } from 'vitest'
import { createPermits } from './permits.ts'

/** A previewer whose pictures end when the test says so. */
function underTest() {
  const previewer = createPreviewer({ turns: createPermits(drawnAtOnce.all, drawnAtOnce.ofOwner) })
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
        (error: Error) => error.name,
      )
  return { draw, copied, end: (picture: string) => ends.get(picture)?.() }
}

it('draws one picture of each conversation at a time, in turns, so that many of one delay no other', async () => {
  const { draw, copied, end } = underTest()
  const drawn = [...['a1', 'a2', 'a3'].map((picture) => draw('a', picture)), draw('b', 'b1'), draw('c', 'c1')]
  await expect.poll(() => copied).toEqual(['a1', 'b1'])
  end('b1')
  await expect.poll(() => copied).toEqual(['a1', 'b1', 'c1'])
  end('a1')
  await expect.poll(() => copied).toEqual(['a1', 'b1', 'c1', 'a2'])
  for (const picture of ['c1', 'a2']) end(picture)
  await expect.poll(() => copied.at(-1)).toBe('a3')
  end('a3')
  expect(await Promise.all(drawn)).toEqual(Array(5).fill('Error'))
})

it('says at once that a picture is drawn later when too many of its conversation wait', async () => {
  const { draw, copied, end } = underTest()
  const drawn = Array.from({ length: 24 }, (_, n) => draw('a', `a${n}`))
  expect((await Promise.all(drawn.slice(8))).every((name) => name === 'PreviewLater')).toBe(true)
  for (let n = 0; n < 8; n++) {
    await expect.poll(() => copied.includes(`a${n}`)).toBe(true)
    end(`a${n}`)
  }
  expect(await Promise.all(drawn.slice(0, 8))).toEqual(Array(8).fill('Error'))
  expect(new PreviewLater(10).message).toContain('in 10 seconds')
})
