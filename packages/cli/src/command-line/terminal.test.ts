import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { ignoreBrokenPipe } from './terminal.ts'

const failure = (code: string): Error => Object.assign(new Error(code), { code })

describe('the terminal', () => {
  it('lets a command continue when the reader of its output has closed', () => {
    const output = ignoreBrokenPipe(new PassThrough())
    expect(() => output.emit('error', failure('EPIPE'))).not.toThrow()
  })

  it('hides no other failure of its output', () => {
    const output = ignoreBrokenPipe(new PassThrough())
    expect(() => output.emit('error', failure('ENOSPC'))).toThrow('ENOSPC')
  })
})
