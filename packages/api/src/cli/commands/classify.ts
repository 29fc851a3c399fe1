import type { AddCommand } from '../context.ts'
import type { EvaluateOptions, Output } from '../work/classify.ts'

/** `guichet classify evaluate`, `guichet classify train` and `guichet classify explain`. */
export const classifyCommand: AddCommand = (program, context) => {
  const classify = program
    .command('classify')
    .summary('look after what tells what tickets are about')
    .description('Looks after what tells what tickets are about.')
  classify
    .command('evaluate')
    .description(
      'Lets a model learn from one file and asks it about another: how many answers are right, and what it confuses.\n' +
        'Both files have the columns text and category. Nothing is stored.',
    )
    .requiredOption('--train <file>', 'what to learn from: .csv, .ndjson or .jsonl, plain or .gz')
    .requiredOption('--test <file>', 'what to be asked about')
    .option('--json', 'print the figures as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet classify evaluate --train train.csv --test test.csv --json')
    .action(async (options: EvaluateOptions) => (await import('../work/classify.ts')).evaluate(options, context))
  classify
    .command('train')
    .description(
      'Lets the desk learn now from the categories that people have given its tickets, which it does by itself from time\n' +
        'to time, and shows how right it would have been.',
    )
    .option('--json', 'print the figures as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet classify train')
    .action(async (options: Output) => (await import('../work/classify.ts')).trainNow(options, context))
  classify
    .command('explain')
    .description('Says what a new ticket with this text would be about, how sure that is, and what speaks for it.')
    .argument('<text>', 'the text of a ticket')
    .option('--json', 'print the classification as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet classify explain "I cannot log in any more"')
    .action(async (text: string, options: Output) =>
      (await import('../work/classify.ts')).explain(text, options, context),
    )
}
