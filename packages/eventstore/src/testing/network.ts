import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'

/** A TCP proxy before a database, which can lose requests and answers, and cut connections. */
export type DatabaseProxy = {
  readonly url: string
  /** Loses every answer from now on, until `cut`. */
  swallowAnswers(): void
  /**
   * Resolves when a request with this text has arrived. The database never receives it, nor anything later on its
   * connection.
   */
  holdBack(text: string): Promise<void>
  /** Ends every connection. */
  cut(): void
  close(): Promise<void>
}

/**
 * Opens a proxy on a free port of this machine before the database at a URL. It forwards everything until a method
 * changes that.
 */
export async function openDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const url = new URL(databaseUrl)
  const target = { host: url.hostname, port: Number(url.port) }
  const sockets = new Set<Socket>()
  let swallowing = false
  let held: { readonly text: string; readonly come: () => void } | undefined

  const server = createServer((client) => {
    const upstream = connect(target)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => void sockets.delete(socket))
    }
    let holding = false
    client.on('data', (chunk) => {
      if (held && chunk.includes(held.text)) {
        holding = true
        held.come()
      }
      if (!holding) upstream.write(chunk)
    })
    client.on('end', () => upstream.end())
    upstream.on('data', (chunk) => swallowing || client.write(chunk)).on('end', () => client.end())
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  url.port = String((server.address() as AddressInfo).port)

  const cut = (): void => {
    swallowing = false
    held = undefined
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: url.href,
    swallowAnswers: () => void (swallowing = true),
    holdBack: (text) => new Promise((come) => void (held = { text, come })),
    cut,
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/**
 * A certificate for `localhost` and 127.0.0.1 with its key, and the authority that signed it; in PEM, for tests only.
 */
export const certificate = {
  ca: `-----BEGIN CERTIFICATE-----
MIIDEzCCAfugAwIBAgIUIdrdnYXqZyLqM7W6x7kOWcpXdggwDQYJKoZIhvcNAQEL
BQAwGDEWMBQGA1UEAwwNZ3VpY2hldCB0ZXN0czAgFw0yNjExMjExOTEyNDBaGA8y
MTI2MTAyODE5MTI0MFowGDEWMBQGA1UEAwwNZ3VpY2hldCB0ZXN0czCCASIwDQYJ
KoZIhvcNAQEBBQADggEPADCCAQoCggEBAKzhVQYu158WmkXgs3Uesf9ldCOhcefS
mTWg7iOzy4weqhyfd5X6/mnRqADghqWpoe2LaaBn8QRbzHRiKjf78g0zyuA8sHgl
vRv94gVzwG0LxMQ1D/wrtt/tSHZ57w6R4776Rj7dpUNSR2ZxfDav6f4Iq5eAyqR1
HIK2aHcue8xnYKpYJCnwW+2mieaFipdgPWr4xWcrdKWIl0a5YR74XUfqFww/YgMo
mkdDoYKQ3tOGpYWowDeBbU9WkACfON9TEFGWHBpaN3IBN2TwFpTuKR+AfkPn1GeM
zydTWq8yylEuAyNvrdh2/NfGWjLFtOqSRUVzknD+SwGBZ6Cbj8bNuOsCAwEAAaNT
MFEwHQYDVR0OBBYEFIMGEu8w6heSHbd56+HcwfhRxxTiMB8GA1UdIwQYMBaAFIMG
Eu8w6heSHbd56+HcwfhRxxTiMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQEL
BQADggEBAIHcnyDh6luulTWTzoSuGWA+mFaLwldYk/hO3UclZRie+J/17OWox5U/
I0qM77F9GPkOqdHznD+5lPzfFagJ0ItVd7w0AKqDQRru4cGDy7YzEWKJbofI0Pqw
A63RBeHdhEjtNhuwiq89hDYcdIOtapSS7iXAM3F0HP2w3eXhcl1pEf8YlnkkWwcd
fahRN/s6Hafe4fYhlVCMfb9j1jSU7eISH55m0zgY5aMihSgfQRhlV7lkKO8xSkq9
ogz/dTSVoeRKGj814JyzHTjEkK4kooc/FPWxNMGcN382ldsbcifVS7arCfBxiiRs
QWvogTEmIRmG+UhZus9LabfPjAkRL1Q=
-----END CERTIFICATE-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIDKDCCAhCgAwIBAgIUIy1MwWxkTeQeN1kOePwfSxHrGkAwDQYJKoZIhvcNAQEL
BQAwGDEWMBQGA1UEAwwNZ3VpY2hldCB0ZXN0czAgFw0yNjExMjExOTEyNDFaGA8y
MTI2MTAyODE5MTI0MVowFDESMBAGA1UEAwwJbG9jYWxob3N0MIIBIjANBgkqhkiG
9w0BAQEFAAOCAQ8AMIIBCgKCAQEA3RR63M8mAlPyqmZENFdgdfRtO2jY39APLIKn
+Gg3jvzl+ai8TQCSJCaKLjM9xvjfGz4SZAd48eOxHP9RsS7fglK0zwCmjaFbMr+Z
SONgk66hfi/jDASSsqg47gfeIZLCvcIlVAN6zL/RzcO76SaLKLn5JA9HJ4ZYJ38J
xrV0JBL1IRjEchIrzSV99hEL/Spi2KzfST4XkicugJ2exhPE3BImo2kOoizgv+JL
tIBnO/CIOq1upbC/e2XpPzOhsdezgXg14IRuvtg60QKolzSTwwFNnERJLyhV8OaO
PkygiBgrSGwHB3/64zzvF4qym83koI3nVEDOkdYmJwm3itL+4QIDAQABo2wwajAd
BgNVHQ4EFgQUgKcu+XwxHp6uIqPnePe7u4CUQjowHwYDVR0jBBgwFoAUgwYS7zDq
F5Idt3nr4dzB+FHHFOIwGgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMAwGA1Ud
EwEB/wQCMAAwDQYJKoZIhvcNAQELBQADggEBAFHhmUpMFDWarrHdVyRQQOaDh7w/
y81E4mkFupVjXefB31Y/gs+mSactmZwoH7mnI9kNDFbhizquCck0eRlFxEvp3DS5
CR/XGuIZ2++oQVGwhk6KZuvVrGi2HhwKXJIMpAO1GpMcAuHUCnPB+Jy0W9HBCiag
7ix269NN2OwnxgqmSOLZJeGtdm5vaFAj7+ifAlqaN069ElHziH/RqT47OH9hBVSG
Jpb0dRrNfb5kMZYbp6OU+hc4lByjw4KbelJzmdz2gjALEmsBa3MGlHqYgAV7YdCh
J344Q0pAm40mmdSJT+yjbOfwUMBIVBBVuSev9/v9+SlGpjbgdHstxrCzgYs=
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDdFHrczyYCU/Kq
ZkQ0V2B19G07aNjf0A8sgqf4aDeO/OX5qLxNAJIkJoouMz3G+N8bPhJkB3jx47Ec
/1GxLt+CUrTPAKaNoVsyv5lI42CTrqF+L+MMBJKyqDjuB94hksK9wiVUA3rMv9HN
w7vpJosoufkkD0cnhlgnfwnGtXQkEvUhGMRyEivNJX32EQv9KmLYrN9JPheSJy6A
nZ7GE8TcEiajaQ6iLOC/4ku0gGc78Ig6rW6lsL97Zek/M6Gx17OBeDXghG6+2DrR
AqiXNJPDAU2cREkvKFXw5o4+TKCIGCtIbAcHf/rjPO8XirKbzeSgjedUQM6R1iYn
CbeK0v7hAgMBAAECggEAAZxAdFsMbHQq1nep+8UeqmFKSeZevQudjq4RdedhbzjT
noTOgVOVnO6Mb193bdt6eY7zUJf21zE4xSytbkhYf7ElSMQ5EltIaCdZ4Rxp481/
9uS3p0rhvCwqRP6Y7T7tzPbM8Y6YboUfrLtmIyHBHf3zzQHQ+35YpkoAOtqvwsL+
nUFsgpkdS9YonxbxxD1zHmlGuvt8to6zLqjgH1ySeKynv+90LJ81Ne6/hpk96h2U
E08I//EVaSJ86Qc0qrCe0vvFN8ptL9sTSz7DxtUU6n/NncDFRMS7tDlVnekkkKI4
W0kf+3hGHaArZHe2tRoGL3XhVhRRYpASKoKYAvr8iQKBgQD/4mL5u/6QBgNtHmdp
qvOquUVhdDAY8UtQyNCMv49AXwY/6xDYu7+X52+Wc1SHQdvMdkc3AElcASO+BrTQ
EDFndwFlMkDwd7MBITQ4Aj6LlaWHGr794InQmw3pxRce9akucLqgdvotHhLZsx/W
EEZB+IF3TKj9L3DqWAqdqRRZyQKBgQDdLhC/Xu7/e4sySv3Wghf1qrBH3ab+Z0HD
HTD/7vOdOb6EvGQ3vIb7JUpPLZaVtqY6L3WJXz4KipoXo2sS1/5fBcnC5/gGmzLR
4aXOTzA3ujY97dcQKa7THet/RcoQm1SDxwL4cfPCbarHF0Wyv464laVzEV0//HYj
KfSQsSWIWQKBgQCza4jc9W3EjQLgA16doCnk/q3gbHjBNIgL6BMbbcJDb53ROcEB
R3xLRhNfWhTeFlbJYfIDZecKZR4rw0YLUh9iHfbTf047jqLsWtzjnOdANrjvJ9jd
6RCZPe+eh/zzT2vGTXL+yw4WjqzHCyt6jMTGwzn8bbtcdGRnXT5sWD8VyQKBgQCf
aM4FP2S9mcsvCkF80vJ1yvmWMjhjbwREncttCklmbfHUNPt9+FDIvY2bF15KtQOF
OCNcSNqsOkzo8I0BXc8lqURLR2jJSh4Mirc3xHcaEwl5BOxV59Tqr8vFRQVnhqwY
9dw8N9TZsrS9HRbMx6cTfjdqgX9V2J1Epr5vcl18sQKBgEQoHr4LhL8rCbNCxCAo
8g/xgdmI6isW3V1Oj3qx4Pg0W8UIJASTAnIcpk43I6IeT6Hj8pvFPfflUOLd0SnP
6zw0j6PV8Rma9klPqsluyTk9P529rYh95GcAlsEcQik61pr3UYOZZlSo8Ga91tcy
ObxZ4nX/HHZZ3jE6ITpI8bfH
-----END PRIVATE KEY-----
`,
} as const
