import { expect, it } from 'vitest'
import { createPreviewer } from './preview.ts'

it('copies a picture when its turn has come, two at once', async () => {
  const previewer = createPreviewer()
  const copied: number[] = []
  const ends: ((error: Error) => void)[] = []
  const drawn = [0, 1, 2].map((n) =>
    previewer
      .draw({ from: 'none', to: 'none' }, () => {
        copied.push(n)
        return new Promise((_, reject) => ends.push(reject))
      })
      .catch((error: Error) => error.message),
  )
  expect(copied).toEqual([0, 1])
  ends[0]?.(new Error('no such picture'))
  expect(await drawn[0]).toBe('no such picture')
  await expect.poll(() => copied).toEqual([0, 1, 2])
  for (const end of ends) end(new Error('no such picture'))
  await Promise.all(drawn)
})
