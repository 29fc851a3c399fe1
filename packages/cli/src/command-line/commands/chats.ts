import { InvalidArgumentError, Option } from 'commander'
import { chatReadingSchema, chatStatuses, priorities } from '@guichet/domain'
import type { AddCommand } from '../context.ts'
import { actingBy, personOption, wholeNumber } from '../options.ts'
import type { ExportChatOptions, ListChatsOptions } from '../work/chats.ts'

const reading = (field: 'language' | 'timeZone', what: string) => (text: string) => {
  if (chatReadingSchema.safeParse({ [field]: text }).success) return text
  throw new InvalidArgumentError(`must be ${what}`)
}

/** `guichet chats list` and `export`. */
export const chatsCommand: AddCommand = (program, context) => {
  const chats = program
    .command('chats')
    .summary('list and export chats')
    .description('Shows the chats of the desk. `guichet replay` shows the history of one.')
  chats
    .command('list')
    .description('Lists chats. All filters given must hold; of several values of one filter, one must.')
    .addOption(new Option('--status <status...>', 'only with a status').choices(chatStatuses))
    .addOption(new Option('--priority <priority...>', 'only of a priority').choices(priorities))
    .option('--category <path>', 'only of a category, with its subcategories')
    .option('--agent <id>', 'only of an agent; nobody for those that no agent has', personOption)
    .option('--customer <id>', 'only of a customer', personOption)
    .option('--search <words>', 'only with these words in their messages')
    .addOption(
      new Option('--order <order>', 'what comes first: the newest, or the open chat that waits longest')
        .choices(['started', 'wait'])
        .default('started'),
    )
    .option('--limit <number>', 'how many at the most', wholeNumber(1, 10_000), 50)
    .option('--json', 'print the chats as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet chats list --status waiting active --order wait\n  guichet chats list --search invoice --json',
    )
    .action(async (options: ListChatsOptions) => (await import('../work/chats.ts')).listChats(options, context))
  chats
    .command('export')
    .description(
      'Writes the transcript of a chat into a new file. What was removed from the chat is not in it. The history says that it was exported, and by whom.',
    )
    .argument('<chat>', 'the id of the chat')
    .addOption(new Option('--format <format>', 'the format').choices(['txt', 'json', 'pdf']).default('txt'))
    .addOption(
      new Option('--as <audience>', 'for whom: only the desk sees internal notes')
        .choices(['customer', 'desk'])
        .default('customer'),
    )
    .requiredOption('--out <file>', 'the file')
    .addOption(actingBy())
    .option('--language <tag>', 'the language (default: that of the chat)', reading('language', 'a language tag'))
    .option(
      '--time-zone <zone>',
      'the time zone of its times (default: that of the desk)',
      reading('timeZone', 'an IANA time zone, such as Europe/Paris'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  guichet chats export 8f160ba3-5f2c-4c6b-9d1e-1a2b3c4d5e6f --format pdf --as desk --out chat.pdf',
    )
    .action(async (chatId: string, options: ExportChatOptions) =>
      (await import('../work/chats.ts')).exportChat(chatId, options, context),
    )
}
