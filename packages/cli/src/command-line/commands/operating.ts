import { Option } from 'commander'
import type { FileStatus } from '@guichet/domain'
import type { DeliveryState } from '@guichet/workflows'
import { providedRoles } from '@guichet/api/auth'
import type { AddCommand } from '../context.ts'
import type { ActorOption } from '../options.ts'
import { actingBy, instantOption, personOption, secondsOption } from '../options.ts'
import type { ListOptions, RetryOptions } from '../work/deliveries.ts'
import type {
  CleanOptions,
  DeleteOptions,
  ListOptions as FilesOptions,
  ReleaseOptions,
  ShowOptions,
} from '../work/files.ts'
import type { Output } from '../work/projections.ts'
import type { ResumeOptions } from '../work/reactions.ts'
import type { RevocationsOptions as Revoke, TokenOptions as Options } from '../work/token.ts'

/** `guichet projections status`, `guichet projections resume` and `guichet projections rebuild`. */
export const projectionsCommand: AddCommand = (program, context) => {
  const projections = program
    .command('projections')
    .summary('manage the read models')
    .description('Manages the read models.')
  projections
    .command('status')
    .description(
      'Shows each read model: its state, how many events it is behind, and why it has stopped if it has; then the streams that read models pass over, the latest 100.',
    )
    .option('--json', 'print the states and the streams as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet projections status')
    .action(async (options: Output) => (await import('../work/projections.ts')).status(options, context))
  projections
    .command('resume')
    .description('Retries the event at which a read model stopped, and continues from there.')
    .argument('<name>', 'the read model')
    .option('--json', 'print the states afterwards as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet projections resume tickets')
    .action(async (name: string, options: Output) =>
      (await import('../work/projections.ts')).resume(name, options, context),
    )
  projections
    .command('rebuild')
    .description('Builds a read model anew from the history, beside the one that is read meanwhile.')
    .argument('[name]', 'the read model')
    .option('--all', 'every read model, one after the other')
    .option('--json', 'print the states afterwards as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet projections rebuild tickets\n  guichet projections rebuild --all')
    .action(async (name: string | undefined, options: Output & { all?: boolean }) =>
      (await import('../work/projections.ts')).rebuild(name, options, context),
    )
}

/** `guichet reactions`: its `status`, `resume`, `restart` and `dismiss`. */
export const reactionsCommand: AddCommand = (program, context) => {
  const reactions = program
    .command('reactions')
    .summary('manage the reactions to events')
    .description('Manages the reactions: what the desk does by itself after events.')
  reactions
    .command('status')
    .summary('Shows the reactions and the parked events.')
    .description(
      'Shows each reaction: the last event that it has processed, why it makes no progress if it does not, and the events at which it kept failing and that are parked, at most 100.',
    )
    .option('--json', 'print the reactions and the parked events as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet reactions status')
    .action(async (options: Output) => (await import('../work/reactions.ts')).status(options, context))
  reactions
    .command('resume')
    .description('Retries parked events at once, one or all of them. A server or worker does it.')
    .argument('[event]', 'the id of the event')
    .option('--all', 'every parked event')
    .addHelpText('after', '\nExamples:\n  guichet reactions resume 3f1c…\n  guichet reactions resume --all')
    .action(async (event: string | undefined, options: ResumeOptions) =>
      (await import('../work/reactions.ts')).resume(event, options, context),
    )
  reactions
    .command('restart')
    .description(
      'Has the reactions begin anew, at the start of the history, whose last event the log does not have, as after an older backup of the events was restored. What they have done before has no effect again.',
    )
    .addHelpText('after', '\nExample:\n  guichet reactions restart')
    .action(async () => (await import('../work/reactions.ts')).restart(context))
  reactions
    .command('dismiss')
    .description('Gives a parked event up: no reaction processes it any more.')
    .argument('<event>', 'the id of the event')
    .addOption(actingBy())
    .addHelpText('after', '\nExample:\n  guichet reactions dismiss 3f1c… --by camille')
    .action(async (event: string, options: ActorOption) =>
      (await import('../work/reactions.ts')).dismiss(event, options, context),
    )
}

/** The states are repeated here because `@guichet/workflows` is loaded only when a command runs. */
const states: Readonly<Record<DeliveryState, true>> = { waiting: true, refused: true, delivered: true, dropped: true }

const fileStatuses: Readonly<Record<FileStatus, true>> = {
  quarantined: true,
  clean: true,
  infected: true,
  deleted: true,
}

/** `guichet deliveries` and `guichet deliveries retry`. */
export const deliveriesCommand: AddCommand = (program, context) => {
  const deliveries = program
    .command('deliveries')
    .summary('manage the deliveries by e-mail, push and webhook')
    .description('Shows the latest 100 notifications and daily reports that are sent outside, newest first.')
    .addOption(new Option('--state <state>', 'those in one state only').choices(Object.keys(states)))
    .option('--json', 'print the deliveries as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet deliveries\n  guichet deliveries --state refused --json')
    .action(async (options: ListOptions) => (await import('../work/deliveries.ts')).list(options, context))
  deliveries
    .command('retry')
    .description('Retries deliveries that were refused or given up: one, or all of them.')
    .argument('[id]', 'the id of the delivery')
    .option('--all-refused', 'every delivery that was refused')
    .addHelpText('after', '\nExample:\n  guichet deliveries retry --all-refused')
    .action(async (id: string | undefined, options: RetryOptions) =>
      (await import('../work/deliveries.ts')).retry(id, options, context),
    )
}

/** `guichet push keys`. */
export const pushCommand: AddCommand = (program, context) => {
  program
    .command('push')
    .summary('manage the pushes to browsers')
    .description('Manages the pushes to the browsers of customers.')
    .command('keys')
    .description('Makes a pair of keys for pushes to browsers, and prints it. Nothing is stored.')
    .option('--json', 'print the keys as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet push keys')
    .action(async (options: Output) => (await import('../work/push.ts')).keys(options, context))
}

/** `guichet files`, and `show`, `delete`, `release` and `clean` of it. */
export const filesCommand: AddCommand = (program, context) => {
  const files = program
    .command('files')
    .enablePositionalOptions()
    .summary('manage the files of conversations and customers')
    .description('Shows the latest 100 files, the last stored first.')
    .option('--of <stream>', 'those of one ticket or customer, such as ticket-4711')
    .addOption(new Option('--status <status>', 'those in one status only').choices(Object.keys(fileStatuses)))
    .option('--unattached', 'those that no message has')
    .option('--json', 'print the files as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet files\n  guichet files --status quarantined --json')
    .action(async (options: FilesOptions) => (await import('../work/files.ts')).list(options, context))
  files
    .command('show')
    .description('Shows one file.')
    .argument('<id>', 'the id of the file')
    .option('--json', 'print the file as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet files show 3f1c…')
    .action(async (id: string, options: ShowOptions) => (await import('../work/files.ts')).show(id, options, context))
  files
    .command('delete')
    .description('Deletes a file: its content is removed, and its history says why and by whom.')
    .argument('<id>', 'the id of the file')
    .requiredOption('--reason <text>', 'why')
    .addOption(actingBy())
    .addHelpText('after', '\nExample:\n  guichet files delete 3f1c… --reason "the customer asked for it"')
    .action(async (id: string, options: DeleteOptions) =>
      (await import('../work/files.ts')).remove(id, options, context),
    )
  files
    .command('release')
    .description('Takes a file out of quarantine, unscanned; its history says why and by whom.')
    .argument('<id>', 'the id of the file')
    .requiredOption('--reason <text>', 'why')
    .addOption(actingBy())
    .addHelpText('after', '\nExample:\n  guichet files release 3f1c… --reason "scanned by hand"')
    .action(async (id: string, options: ReleaseOptions) =>
      (await import('../work/files.ts')).release(id, options, context),
    )
  files
    .command('clean')
    .summary('Deletes what no message has named, and what uploads have left.')
    .description(
      'Deletes the files that no message has named in time, and removes what interrupted uploads have left in the storage. A server does so once an hour, except for objects of the storage that the database does not know.',
    )
    .addOption(
      new Option('--older-than <duration>', 'of the rest, only what is older')
        .argParser((text: string) => secondsOption(text) * 1_000)
        .default(86_400_000, '24h'),
    )
    .addOption(actingBy())
    .option('--json', 'print what was removed as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet files clean')
    .action(async (options: CleanOptions) => (await import('../work/files.ts')).clean(options, context))
}

/** `guichet token`: a token for development. */
export const tokenCommand: AddCommand = (program, context) => {
  const token = program
    .command('token')
    .enablePositionalOptions()
    .summary('make a token to try the API with, in development')
    .description(
      'Makes a token to try the API with. Refused in production: there tokens come from your identity provider.',
    )
    .addOption(new Option('--role <role>', 'what the bearer may do').choices(providedRoles))
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
    .action(async (options: Options) => (await import('../work/token.ts')).runToken(options, context))
  token
    .command('revoke')
    .summary('revoke tokens')
    .description(
      'Lets a token, or all tokens of somebody, be valid no longer: every process\nrefuses them within five seconds, and ends their subscriptions.',
    )
    .option('--jti <id>', 'the one token with this claim jti')
    .option('--id <id>', 'all tokens of a person or service', personOption)
    .option('--issued-before <instant>', 'those that were issued before it (default: now)', instantOption)
    .addOption(actingBy())
    .option('--json', 'print what is revoked as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet token revoke --jti 3f1c…\n  guichet token revoke --id camille --issued-before 2026-03-29T00:30Z',
    )
    .action(async (options: Revoke) => (await import('../work/token.ts')).runRevocations(options, context))
  token
    .command('revocations')
    .summary('list the revoked tokens')
    .description('Lists the revoked tokens, the latest first. Nothing is ever taken off the list.')
    .option('--json', 'print the list as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet token revocations')
    .action(async (options: Pick<Revoke, 'json'>) => (await import('../work/token.ts')).list(options, context))
}
