import { expect, it } from 'vitest'
import { createSender } from './command-ids.ts'
import { Unreachable } from './refusals.ts'

it('sends a command under one id until it is answered, and the next time under another', async () => {
  const ids: string[] = []
  const sendCommand = createSender()
  const run = (macroId: string, isLost: boolean): Promise<string> =>
    sendCommand(['runMacro', macroId], async (commandId) => {
      ids.push(commandId)
      if (isLost) throw new Unreachable()
      return 'done'
    })
  await expect(run('bye', true)).rejects.toThrow(Unreachable)
  await expect(run('bye', true)).rejects.toThrow(Unreachable)
  expect([await run('hello', false), await run('bye', false), await run('bye', false)]).toEqual([
    'done',
    'done',
    'done',
  ])
  const [first, second, other, third, next] = ids
  expect([second, third]).toEqual([first, first])
  expect(new Set([first, other, next]).size).toBe(3)
})
