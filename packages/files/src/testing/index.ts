export { eicar, startClamd } from './clamd-server.ts'
export { startS3Server } from './s3-server.ts'
export { installedServer } from './servers.ts'
