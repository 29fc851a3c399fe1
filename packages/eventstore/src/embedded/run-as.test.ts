import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account } from './run-as.ts'
import { chooseRunAs } from './run-as.ts'

describe('the account that Postgres runs as', () => {
  const account: Account = { uid: process.getuid?.() || 65_534, gid: process.getgid?.() || 65_534 }
  let root: string
  let program: string

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'guichet-run-as-'))
    await chmod(root, 0o755)
    program = join(root, 'postgres')
    await writeFile(program, '', { mode: 0o755 })
  })

  afterEach(() => rm(root, { recursive: true, force: true }))

  it('gets no capability where everything is open to it', async () => {
    expect(await chooseRunAs(account, program, join(root, 'cluster'))).toMatchObject({ wrapper: [], account })
  })

  it('is refused in one line that names the unreachable path', async () => {
    await chmod(program, 0o644)
    const refusal = `cannot enter ${program}: use folders outside of it, start as another user, or allow root`
    await expect(chooseRunAs(account, program, join(root, 'cluster'))).rejects.toThrow(refusal)
  })
})
