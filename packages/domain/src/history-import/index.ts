export { holdsTickets, importAggregate, importCorrelation, importEvents, importIdOf } from '../history-import.ts'
export type { ImportCommand, ImportEvent, ImportFigures, ImportState } from '../history-import.ts'
export { importedPast, importOf } from './imported-past.ts'
export type { ImportedPast } from './imported-past.ts'
