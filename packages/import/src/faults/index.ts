export { importFaults } from '../fault.ts'
