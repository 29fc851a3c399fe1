import { Option } from 'commander'
import { roles } from '../../auth/principal.ts'
import type { AddCommand } from '../context.ts'
import { personOption, secondsOption } from '../options.ts'
import type { Options } from '../work/token.ts'

/** `guichet token`: a token for development. */
export const tokenCommand: AddCommand = (program, context) => {
  program
    .command('token')
    .summary('make a token to try the API with, in development')
    .description(
      'Makes a token to try the API with. Refused in production: there tokens come from your identity provider.',
    )
    .addOption(new Option('--role <role>', 'what the bearer may do').choices(roles).makeOptionMandatory())
    .requiredOption('--id <id>', 'whom it stands for', personOption)
    .option('--name <name>', 'how the bearer is called')
    .option('--email <address>', 'the bearer’s e-mail address')
    .option('--plan <plan>', 'the plan of a customer')
    .addOption(
      new Option('--expires <duration>', 'how long it is valid').argParser(secondsOption).default(12 * 3_600, '12h'),
    )
    .option('--json', 'print token and expiry as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet token --role customer --id c1\n  guichet token --role agent --id camille --expires 7d --json',
    )
    .action(async (options: Options) => (await import('../work/token.ts')).run(options, context))
}
