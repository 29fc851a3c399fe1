import { Option } from 'commander'
import { roles } from '../../auth/principal.ts'
import type { AddCommand } from '../context.ts'
import { instantOption, personOption, secondsOption } from '../options.ts'
import type { Options as Revoke } from '../work/revocations.ts'
import type { Options } from '../work/token.ts'

/** `guichet token`: a token for development. */
export const tokenCommand: AddCommand = (program, context) => {
  const token = program
    .command('token')
    .enablePositionalOptions()
    .summary('make a token to try the API with, in development')
    .description(
      'Makes a token to try the API with. Refused in production: there tokens come from your identity provider.',
    )
    .addOption(new Option('--role <role>', 'what the bearer may do').choices(roles))
    .option('--id <id>', 'whom it stands for', personOption)
    .option('--name <name>', 'how the bearer is called')
    .option('--email <address>', 'the bearer’s e-mail address')
    .option('--plan <plan>', 'the plan of a customer')
    .addOption(
      new Option('--expires <duration>', 'how long it is valid').argParser(secondsOption).default(12 * 3_600, '12h'),
    )
    .option('--json', 'print token and expiry as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet token --role customer --id c1\n  guichet token --role agent --id camille --expires 30m --json',
    )
    .action(async (options: Options) => (await import('../work/token.ts')).run(options, context))
  token
    .command('revoke')
    .summary('let tokens be valid no longer')
    .description(
      'Lets a token, or all tokens of somebody, be valid no longer: every process\nrefuses them within five seconds, and ends their subscriptions.',
    )
    .option('--jti <id>', 'the one token with this claim jti')
    .option('--id <id>', 'all tokens of a person or service', personOption)
    .option('--issued-before <instant>', 'those that were issued before it (default: now)', instantOption)
    .option('--json', 'print what is revoked as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet token revoke --jti 3f1c…\n  guichet token revoke --id camille --issued-before 2026-03-29T00:30Z',
    )
    .action(async (options: Revoke) => (await import('../work/revocations.ts')).run(options, context))
  token
    .command('revocations')
    .summary('list what is revoked')
    .description('Lists the revoked tokens, the latest first. Nothing is ever taken off the list.')
    .option('--json', 'print the list as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet token revocations')
    .action(async (options: Pick<Revoke, 'json'>) => (await import('../work/revocations.ts')).list(options, context))
}
