import type { AddCommand } from '../context.ts'
import type { Output } from '../work/imports.ts'

/** `guichet imports status` and `guichet imports abandon`. */
export const importsCommand: AddCommand = (program, context) => {
  const imports = program
    .command('imports')
    .summary('look after imports that were begun')
    .description('Looks after the imports that were begun.')
  imports
    .command('status')
    .description(
      'Shows the latest hundred imports and, however old, those that are not complete, newest first. While one is running, or was broken off, the clocks of its tickets stand still.',
    )
    .option('--json', 'print the imports as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet imports status')
    .action(async (options: Output) => (await import('../work/imports.ts')).status(options, context))
  imports
    .command('abandon')
    .description(
      'Ends an import that nobody will complete: what has come in stays, and the clocks of its tickets go on.',
    )
    .argument('<import>', 'the id of the import')
    .option('--json', 'print the imports afterwards as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet imports abandon 5c3b664ea1478bf71531cd79')
    .action(async (importId: string, options: Output) =>
      (await import('../work/imports.ts')).abandon(importId, options, context),
    )
}
