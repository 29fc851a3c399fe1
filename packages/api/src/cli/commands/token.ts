import { personId } from '@guichet/domain'
import { InvalidArgumentError, Option } from 'commander'
import type { Role } from '../../auth/principal.ts'
import { roles } from '../../auth/principal.ts'
import { authConfig } from '../../config/configuration.ts'
import { Fault } from '../../fault/fault.ts'
import { issueToken } from '../../tokens/issue-token.ts'
import type { AddCommand, Context } from '../context.ts'
import { configurationOf } from '../context.ts'
import { secondsOption } from '../options.ts'

type Options = {
  readonly role: Role
  readonly id: string
  readonly name?: string
  readonly email?: string
  readonly expires: number
  readonly json?: boolean
}

/** `guichet token`: a token for development. */
export const tokenCommand: AddCommand = (program, context) => {
  program
    .command('token')
    .summary('make a token to try the API with, in development')
    .description(
      'Makes a token to try the API with. Refused in production: there tokens come from your identity provider.',
    )
    .addOption(new Option('--role <role>', 'what the bearer may do').choices(roles).makeOptionMandatory())
    .requiredOption('--id <id>', 'whom it stands for', toPersonId)
    .option('--name <name>', 'how the bearer is called')
    .option('--email <address>', 'the bearer’s e-mail address')
    .addOption(
      new Option('--expires <duration>', 'how long it is valid').argParser(secondsOption).default(12 * 3_600, '12h'),
    )
    .option('--json', 'print token and expiry as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet token --role customer --id c1\n  guichet token --role agent --id camille --expires 7d --json',
    )
    .action((options: Options) => run(options, context))
}

async function run({ expires, json, ...request }: Options, context: Context): Promise<void> {
  const configuration = configurationOf(context)
  if (configuration.production) {
    throw new Fault('not_in_production', 'development tokens are not made in production', {
      next: 'ask your identity provider for one',
    })
  }
  const token = await issueToken(await authConfig(configuration), { ...request, seconds: expires })
  const expiresAt = new Date(Date.now() + expires * 1_000).toISOString()
  context.terminal.out(json ? JSON.stringify({ token, ...request, expiresAt }) : token)
}

function toPersonId(text: string): string {
  const id = personId.safeParse(text)
  if (id.success) return id.data
  throw new InvalidArgumentError(id.error.issues[0]?.message ?? 'is no id of a person')
}
