import { expect, it } from 'vitest'
import { packageNames, sources } from './workspace/sources.ts'

const declaration =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|type|interface|enum) (\w+)/

/** The names that a module declares and exports without a comment right before them; of overloads one has it. */
function undocumented(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => !/^\s*\/\/ oxlint-/.test(line))
  const documented = new Set<string>()
  const without = new Set<string>()
  for (const [index, line] of lines.entries()) {
    const name = declaration.exec(line)?.[1]
    if (name === undefined || documented.has(name)) continue
    if (lines[index - 1]?.trimEnd().endsWith('*/')) documented.add(name)
    else without.add(name)
  }
  return [...without].filter((name) => !documented.has(name))
}

it.each(packageNames)('packages/%s documents whatever its files export', (name) => {
  const missing = sources(`packages/${name}`)
    .filter(({ isTest }) => !isTest)
    .flatMap(({ path, text }) => undocumented(text).map((each) => `${path}: ${each}`))
  expect(missing).toEqual([])
})

it('finds an export without a comment, and none with one', () => {
  const text =
    '/** A. */\nexport type A = 1\nexport const b = 2\n\n/** C. */\nexport function c(): void\nexport function c(): void {}\n'
  expect(undocumented(text)).toEqual(['b'])
})
