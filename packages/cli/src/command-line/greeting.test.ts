import { describe, expect, it } from 'vitest'
import { commandLine, greeting } from './greeting.ts'

describe('the greeting', () => {
  it.each([
    ['file:///srv/shop/node_modules/@guichet/cli/dist/command-line/greeting.js', 'npx guichet'],
    ['file:///home/ann/guichet/packages/cli/dist/command-line/greeting.js', 'npm run -s guichet --'],
  ])('calls the command line in %s %s', (place, command) => {
    expect(commandLine(place)).toBe(command)
  })

  it('shows commands that the place has', () => {
    const tokens = { customer: 'c', agent: 'a', supervisor: 's', admin: 'd', auditor: 'u', service: 'v' }
    const lines = greeting('http://127.0.0.1:4000', tokens, 'T1')
    expect(lines).toContain(`${commandLine()} replay T1`)
    expect(lines).toContain('Guichet answers at http://127.0.0.1:4000/graphql (an explorer in the browser)')
    expect(lines.join('\n')).toContain('http://127.0.0.1:4000/chat/agent')
    expect(lines.join('\n')).toContain('http://127.0.0.1:4000/desk/articles')
  })
})
