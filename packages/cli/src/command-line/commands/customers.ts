import { InvalidArgumentError } from 'commander'
import type { AddCommand } from '../context.ts'
import { isEncoding } from '@guichet/import/encodings'
import { actingBy, personOption, wholeNumber } from '../options.ts'
import type { CustomersExportOptions, CustomersImportOptions, ListOptions, ShowOptions } from '../work/customers.ts'

/** `guichet customers list`, `show`, `import` and `export`. */
export const customersCommand: AddCommand = (program, context) => {
  const customers = program
    .command('customers')
    .summary('list, import and export customers')
    .description('Manages the customers of the desk.')
  customers
    .command('list')
    .description('Lists customers by name.')
    .option('--search <words>', 'only with these words in names, addresses and ids, or these digits in a number')
    .option('--organisation <id>', 'only the members of an organisation', personOption)
    .option('--limit <number>', 'how many at the most', wholeNumber(1, 10_000), 50)
    .option('--json', 'print the customers as one line of JSON')
    .addHelpText(
      'after',
      "\nExamples:\n  guichet customers list --search dupont\n  guichet customers list --search '01 23 45' --json",
    )
    .action(async (options: ListOptions) => (await import('../work/customers.ts')).list(options, context))
  customers
    .command('show')
    .description('Shows a customer, what the desk has done for them, and whether promises were kept.')
    .argument('<id>', 'the customer', personOption)
    .option('--json', 'print the customer as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet customers show zoe')
    .action(async (id: string, options: ShowOptions) =>
      (await import('../work/customers.ts')).show(id, options, context),
    )
  customers
    .command('import')
    .description(
      'Imports customers from a .csv, .ndjson or .jsonl file: registers those who are not known, and changes the others.\n' +
        '`guichet import undo` takes the import back.',
    )
    .argument('<file>', 'the file')
    .option('--name <name>', 'the name of the import, to continue it and to undo it (default: that of the file)')
    .option('--rejects <file>', 'where to write the refused rows (default: beside the file)')
    .option('--organisations', 'the file has organisations')
    .option(
      '--delimiter <character>',
      'what separates the fields (default: what does in the first line)',
      delimiterOption,
    )
    .option('--encoding <name>', 'the encoding, such as windows-1252 of Excel (default: utf-8)', encodingOption)
    .addOption(actingBy())
    .option('--json', 'print the result as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet customers import customers.csv\n  guichet customers import customers.csv --encoding windows-1252\n  guichet import undo customers',
    )
    .action(async (file: string, options: CustomersImportOptions) =>
      (await import('../work/customers.ts')).importFile(file, options, context),
    )
  customers
    .command('export')
    .description(
      'Writes all customers to a .csv, .ndjson or .jsonl file, in the form in which they are imported. The history says that they were exported, and by whom.',
    )
    .argument('<file>', 'the file')
    .option('--organisations', 'the organisations instead')
    .option(
      '--delimiter <character>',
      'what separates the fields, such as ; for Excel in French (default: ,)',
      delimiterOption,
    )
    .addOption(actingBy())
    .option('--force', 'replace the file if it is there')
    .addHelpText(
      'after',
      "\nExamples:\n  guichet customers export customers.csv\n  guichet customers export customers.csv --delimiter ';'",
    )
    .action(async (file: string, options: CustomersExportOptions) =>
      (await import('../work/customers.ts')).exportFile(file, options, context),
    )
}

function delimiterOption(text: string): string {
  const character = text === '\\t' ? '\t' : text
  if (/^[^"\r\n]$/.test(character)) return character
  throw new InvalidArgumentError('must be one character, such as ; or \\t for a tab')
}

function encodingOption(text: string): string {
  if (isEncoding(text)) return text
  throw new InvalidArgumentError('must be an encoding such as utf-8, windows-1252 or utf-16le')
}
