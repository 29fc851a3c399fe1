export { speaksTls } from './speaks-tls.ts'
