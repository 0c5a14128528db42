import { describe, expect, it } from 'vitest'
import { adminConfig } from '../../src/config/client.ts'
import { tlsSettings } from '../../src/network/tls.ts'
import { tlsFailure } from '../../src/network/tls-failure.ts'
import { nodeDisk } from '../../src/runtime/node/disk.ts'

const files: Record<string, Buffer | string> = {
  'store.p12': Buffer.from('308204', 'hex'),
  'empty.pem': '-----BEGIN NOTHING-----\n-----END NOTHING-----\n',
  'ca.pem': 'Issuer: us\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\nand more\n',
  'own.pem':
    '-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  'text.txt': 'hello',
}
const disk = {
  ...nodeDisk,
  readFile: (path: string) => (files[path] === undefined ? undefined : Buffer.from(files[path])),
}
const settings = (properties: Record<string, string>) => {
  const all = { 'bootstrap.servers': 'localhost:1', 'security.protocol': 'SSL', ...properties }
  return tlsSettings(adminConfig(all).values, disk)
}

describe('settings of TLS', () => {
  it('are none where nobody asks', () => {
    expect(settings({ 'security.protocol': 'PLAINTEXT' })).toBeUndefined()
  })

  it('come from files', () => {
    expect(settings({ 'ssl.truststore.location': 'ca.pem', 'ssl.keystore.location': 'own.pem' })).toEqual({
      trusted: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      own: {
        certificates: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
        key: '-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----',
      },
      password: undefined,
      checksHost: true,
      versions: { min: 'TLSv1.2', max: 'TLSv1.3' },
      ciphers: [],
    })
  })

  it('come from the properties themselves, where lines are blanks', () => {
    const inline = `-----BEGIN CERTIFICATE----- ${'A'.repeat(64)} BB -----END CERTIFICATE-----`
    expect(
      settings({ 'ssl.truststore.certificates': inline, 'ssl.endpoint.identification.algorithm': '' }),
    ).toMatchObject({
      trusted: `-----BEGIN CERTIFICATE-----\n${'A'.repeat(64)}\nBB\n-----END CERTIFICATE-----`,
      checksHost: false,
    })
  })

  it('take PKCS12 for the own certificate', () => {
    const { own, password } = settings({ 'ssl.keystore.location': 'store.p12', 'ssl.keystore.password': 'x' }) ?? {}
    expect({ own, password }).toEqual({ own: { pkcs12: files['store.p12'] }, password: 'x' })
  })

  it.each([
    [{ 'ssl.truststore.location': 'nowhere' }, 'ssl.truststore.location: there is no file nowhere.'],
    [{ 'ssl.truststore.location': 'text.txt' }, /neither PEM nor PKCS12 nor JKS/],
    [{ 'ssl.truststore.location': 'empty.pem' }, /no certificate in empty\.pem/],
    [{ 'ssl.keystore.location': 'ca.pem' }, /no private key in ca\.pem/],
    [{ 'ssl.keystore.key': 'x' }, /go together/],
  ])('%o', (properties, why) => {
    expect(() => settings(properties as unknown as Record<string, string>)).toThrow(why)
  })
})

describe('a failure of TLS', () => {
  it.each([
    ['CERT_HAS_EXPIRED', 'SSL handshake failed: the certificate of h:1 has expired: the broker needs a new one'],
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'the certificate of h:1 is signed by nobody that ssl.truststore.location names',
    ],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'h:1 does not answer in TLS'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'h:1 wants a certificate of this client'],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'agree on no version of TLS or cipher'],
  ])('%s', (code, sentence) => {
    expect(tlsFailure('h:1', Object.assign(new Error('raw'), { code }))?.message).toContain(sentence)
  })

  it('names the hosts that a certificate is for', () => {
    const cert = { subjectaltname: 'DNS:broker.example', subject: { CN: 'broker' } }
    const error = Object.assign(new Error('raw'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID', cert })
    expect(tlsFailure('h:1', error)?.message).toMatch(/is for DNS:broker\.example, not for this host: connect by/)
  })

  it('is not one when the network fails', () => {
    expect(tlsFailure('h:1', Object.assign(new Error('raw'), { code: 'ECONNREFUSED' }))).toBeUndefined()
    expect(tlsFailure('h:1', undefined)).toBeUndefined()
  })
})
