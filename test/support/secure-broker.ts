import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type ApacheBroker, startBroker } from './apache.ts'

/** Certificates made with openssl for one run of a test, in PEM. */
export class Certificates {
  constructor(private readonly dir: string) {
    mkdirSync(dir, { recursive: true })
    this.openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=test CA',
      ...this.out('ca'),
    )
  }

  /** The file with a certificate that the test's own authority signed, or with its key and both. */
  file(name: string): string {
    return path.join(this.dir, name)
  }

  /** Makes NAME.pem, NAME.key and NAME-store.pem, for hosts as openssl writes them, such as `DNS:localhost,IP:127.0.0.1`. */
  make(name: string, hosts: string, ...validity: string[]): void {
    const request = ['-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', `${name}.key`]
    this.openssl('req', ...request, '-out', `${name}.csr`)
    writeFileSync(this.file(`${name}.ext`), `subjectAltName=${hosts}\n`)
    const days = validity.length > 0 ? validity : ['-days', '2']
    const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${name}.ext`]
    this.openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signer, ...days)
    const parts = [`${name}.key`, `${name}.pem`, 'ca.pem'].map((part) => readFileSync(this.file(part), 'utf8'))
    writeFileSync(this.file(`${name}-store.pem`), parts.join(''))
  }

  /** Makes NAME.p12 of NAME.pem and NAME.key. */
  makePkcs12(name: string, password: string): void {
    const parts = ['-in', `${name}.pem`, '-inkey', `${name}.key`, '-out', `${name}.p12`]
    this.openssl('pkcs12', '-export', ...parts, '-passout', `pass:${password}`)
  }

  private out(name: string): string[] {
    return ['-keyout', `${name}.key`, '-out', `${name}.pem`]
  }

  private openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.dir, stdio: 'ignore' })
  }
}

/** Where a secured node listens, by protocol. */
export interface SecureBroker extends ApacheBroker {
  readonly plaintext: string
  readonly sasl: string
  readonly ssl: string
  readonly saslSsl: string
}

const module = (name: string) => `org.apache.kafka.common.security.${name} required`

/** Properties of five listeners from `port` on, the last of which insists on a client's certificate, with users alice and bob for PLAIN. See `startSecureBroker`. */
export function secureProperties(port: number, certificates: Certificates): Record<string, string> {
  const names = ['SASL_PLAINTEXT', 'SSL', 'SASL_SSL', 'MUTUAL']
  const listeners = names.map((name, i) => `${name}://127.0.0.1:${port + 2 + i}`)
  const advertised = names.map((name, i) => `${name}://localhost:${port + 2 + i}`)
  const logins = ['sasl_plaintext', 'sasl_ssl'].flatMap((listener) => [
    [
      `listener.name.${listener}.plain.sasl.jaas.config`,
      `${module('plain.PlainLoginModule')} user_alice="alice-secret" user_bob="bob-secret";`,
    ],
    ...['scram-sha-256', 'scram-sha-512'].map((mechanism) => [
      `listener.name.${listener}.${mechanism}.sasl.jaas.config`,
      `${module('scram.ScramLoginModule')};`,
    ]),
  ])
  return {
    listeners: [`PLAINTEXT://127.0.0.1:${port}`, ...listeners].join(','),
    'advertised.listeners': [`PLAINTEXT://localhost:${port}`, ...advertised].join(','),
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    ...Object.fromEntries(logins),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': certificates.file('broker-store.pem'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificates.file('ca.pem'),
    'ssl.client.auth': 'requested',
    'listener.name.mutual.ssl.client.auth': 'required',
    'listener.security.protocol.map':
      'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,MUTUAL:SSL',
    'delegation.token.secret.key': 'a secret of this test',
  }
}

/**
 * Starts Apache's node with the listeners of `secureProperties` (besides the usual ones), users alice and bob for PLAIN and delegation tokens.
 * Listeners with TLS show `broker-store.pem` and ask for a certificate of the client without insisting.
 */
export async function startSecureBroker(
  dir: string,
  port: number,
  certificates: Certificates,
  extra: Readonly<Record<string, string>> = {},
): Promise<SecureBroker> {
  const properties = secureProperties(port, certificates)
  const broker = await startBroker(dir, port, {
    ...properties,
    listeners: `${properties['listeners']},CONTROLLER://127.0.0.1:${port + 1}`,
    ...extra,
  })
  return { ...broker, ...secureAddresses(port) }
}

/** Where the listeners of `secureProperties` are. */
export function secureAddresses(port: number): Omit<SecureBroker, keyof ApacheBroker> {
  const at = (offset: number) => `localhost:${port + offset}`
  return { plaintext: at(0), sasl: at(2), ssl: at(3), saslSsl: at(4) }
}
