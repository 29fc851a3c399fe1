import { InvalidArgumentError, Option } from 'commander'
import { chatReadingSchema } from '@guichet/domain'
import type { AddCommand } from '../context.ts'
import type { ExportChatOptions } from '../work/chats.ts'

const reading = (field: 'language' | 'timeZone', what: string) => (text: string) => {
  if (chatReadingSchema.safeParse({ [field]: text }).success) return text
  throw new InvalidArgumentError(`must be ${what}`)
}

/** `guichet chats export`: the transcript of a chat. */
export const chatsCommand: AddCommand = (program, context) => {
  program
    .command('chats')
    .summary('export chats')
    .description('Manages the chats of the desk.')
    .command('export')
    .description('Writes the transcript of a chat into a new file. What was removed from the chat is not in it.')
    .argument('<chat>', 'the id of the chat')
    .addOption(new Option('--format <format>', 'the format').choices(['txt', 'json', 'pdf']).default('txt'))
    .addOption(
      new Option('--as <audience>', 'for whom: only the desk sees internal notes')
        .choices(['customer', 'desk'])
        .default('customer'),
    )
    .requiredOption('--out <file>', 'the file')
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
