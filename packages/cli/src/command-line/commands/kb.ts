import { Option } from 'commander'
import { days } from '@guichet/domain'
import type { AddCommand } from '../context.ts'
import { actingBy, durationOption, importName, languageOption } from '../options.ts'
import type { KbExportOptions, KbImportOptions, KbUndoOptions } from '../work/kb.ts'
import type { EvaluateOptions } from '../work/kb-evaluate.ts'
import type { LinksOptions } from '../work/kb-links.ts'

/** `guichet kb import`, `export` and `undo`: the knowledge base as a folder of Markdown files; `kb evaluate`, and `kb links`. */
export const kbCommand: AddCommand = (program, context) => {
  const kb = program
    .command('kb')
    .summary('import and export articles as Markdown, and measure their search')
    .description(
      'Imports and exports the articles of the knowledge base as a folder of Markdown files, and measures the search of articles.',
    )
  kb.command('import')
    .summary('make a folder of Markdown files articles')
    .description(
      'Imports a folder of Markdown files with front matter: each file is an article in a language (index.md, index.de.md), ' +
        'each folder of articles a category. The whole folder is read before anything is stored. May be broken off and run ' +
        'again: what is there already is found unchanged, and a file that was edited since becomes one revision.',
    )
    .argument('<folder>', 'the folder, or the file with --from')
    .addOption(
      new Option(
        '--from <system>',
        'the system that a file is from, in place of a folder: JSON of Zendesk, XML of MediaWiki',
      ).choices(['zendesk', 'mediawiki']),
    )
    .option(
      '--name <name>',
      'the name of the import, to continue it and to undo it (default: that of the folder)',
      importName,
    )
    .option(
      '--language <tag>',
      'the language of files without one in their name, which translations follow',
      languageOption,
      'en',
    )
    .addOption(
      new Option('--audience <audience>', 'who reads new articles').choices(['internal', 'public']).default('internal'),
    )
    .option('--drafts', 'do not publish: the texts are drafts that wait for their review')
    .addOption(
      new Option('--change <change>', 'what an edited text changes, where its front matter does not say')
        .choices(['typo', 'minor', 'major'])
        .default('minor'),
    )
    .addOption(actingBy())
    .option('--dry-run', 'store nothing; say what an import into an empty desk would do')
    .option('--json', 'print the account, with every fault, as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet kb import content/faq --dry-run\n  guichet kb import content/faq --audience public\n  guichet kb import --from zendesk help-centre.json --dry-run\n  guichet kb undo faq\n\nThe guide is docs/guides/import-articles.md.',
    )
    .action(async (folder: string, options: KbImportOptions) =>
      (await import('../work/kb.ts')).importFolder(folder, options, context),
    )
  kb.command('export')
    .summary('write all articles to a folder of Markdown files')
    .description(
      'Writes the last revision of every text to a new folder of Markdown files. A text that has not changed since it was ' +
        'imported is its file, byte for byte.',
    )
    .argument('<folder>', 'the folder, which is empty or not there yet')
    .option('--json', 'print what was written as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet kb export content/faq')
    .action(async (folder: string, options: KbExportOptions) =>
      (await import('../work/kb.ts')).exportFolder(folder, options, context),
    )
  kb.command('undo')
    .summary('take an import of articles back')
    .description(
      'Takes an import of articles back: deletes what it has created and nobody has changed since, and lists the rest. May be broken off and run again.',
    )
    .argument('<import>', 'the name of the import; guichet imports status lists them')
    .addOption(actingBy())
    .option('--json', 'print what was taken back as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet kb undo faq')
    .action(async (importId: string, options: KbUndoOptions) =>
      (await import('../work/kb.ts')).undo(importId, options, context),
    )
  kb.command('evaluate')
    .summary('show how often the search of articles finds the right one')
    .description(
      'Asks the search of articles as customers do, and shows how often the right article comes first and among the first three.\n' +
        'The file is JSON: { "queries": [{ "language": "de", "kind": "typo", "query": "…", "article": "<id>" }] }.',
    )
    .argument('<file>', 'the queries, each with the article that is right')
    .option('--json', 'print the figures, and the queries that are missed, as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet kb evaluate queries.json')
    .action(async (file: string, options: EvaluateOptions) =>
      (await import('../work/kb-evaluate.ts')).evaluate(file, options, context),
    )
  kb.command('links')
    .summary('check the links of articles to other sites')
    .description(
      'Asks the sites that published articles link to whether readers reach the pages there, and lists the links that they do not ' +
        'reach. Asks web servers of the public internet alone, and each of them once a second at most. May be broken off and run ' +
        'again: what was checked lately is not asked again.',
    )
    .addOption(
      new Option('--again-after <duration>', 'check again what was checked longer ago than that')
        .argParser(durationOption)
        .default(days(7), '7d'),
    )
    .option('--json', 'print the links, with what was found, as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet kb links\n  guichet kb links --again-after 1d')
    .action(async (options: LinksOptions) => (await import('../work/kb-links.ts')).checkLinks(options, context))
}
