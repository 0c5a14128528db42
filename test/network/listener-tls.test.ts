import { describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../src/config/broker.ts'
import { listenerTls } from '../../src/network/listener-tls.ts'
import { nodeDisk } from '../../src/runtime/node/disk.ts'

const own =
  '-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
const files: Record<string, string | Buffer> = {
  'own.pem': own,
  'own.p12': Buffer.from('308204', 'hex'),
  'own.jks': Buffer.from('feedfeed00000002', 'hex'),
}
const disk = {
  ...nodeDisk,
  readFile: (path: string) => (files[path] === undefined ? undefined : Buffer.from(files[path])),
}
const at = (listener: string, properties: Record<string, string>) =>
  listenerTls(
    new BrokerConfig({
      listeners: 'PLAINTEXT://:1,INTERNAL://:2,SASL_SSL://:3',
      'listener.security.protocol.map': 'plaintext:PLAINTEXT, INTERNAL:ssl,SASL_SSL:SASL_SSL',
      'ssl.keystore.location': 'own.pem',
      ...properties,
    }),
    listener,
    disk,
  )

describe('the TLS of a listener', () => {
  it('is not there without SSL in its protocol', () => {
    expect(at('PLAINTEXT', {})).toBeUndefined()
  })

  it('has what the properties say, those of the listener first', () => {
    expect(at('INTERNAL', {})).toMatchObject({
      own: { key: '-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----' },
      ciphers: [],
      clientCertificate: 'none',
      versions: { min: 'TLSv1.2', max: 'TLSv1.3' },
    })
    const properties = {
      'ssl.keystore.password': 'no',
      'ssl.client.auth': 'required',
      'listener.name.internal.ssl.keystore.location': 'own.p12',
      'listener.name.internal.ssl.keystore.password': 'yes',
      'listener.name.internal.ssl.enabled.protocols': 'TLSv1.3',
    }
    expect(at('INTERNAL', properties)).toMatchObject({
      own: { pkcs12: files['own.p12'] },
      password: 'yes',
      clientCertificate: 'required',
      versions: { min: 'TLSv1.3', max: 'TLSv1.3' },
    })
  })

  it('asks for no certificate where a login comes after it, unless the listener itself says so', () => {
    expect(at('SASL_SSL', { 'ssl.client.auth': 'required' })?.clientCertificate).toBe('none')
    const properties = { 'listener.name.sasl_ssl.ssl.client.auth': 'required' }
    expect(at('SASL_SSL', properties)?.clientCertificate).toBe('required')
  })

  it("calls Java's ciphers by OpenSSL's names", () => {
    const suites = [
      'TLS_AES_256_GCM_SHA384',
      'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
      'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
      'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384',
      'TLS_RSA_WITH_AES_128_CBC_SHA',
    ]
    expect(at('INTERNAL', { 'ssl.cipher.suites': suites.join(',') })?.ciphers).toEqual([
      'TLS_AES_256_GCM_SHA384',
      'ECDHE-RSA-AES128-GCM-SHA256',
      'ECDHE-ECDSA-CHACHA20-POLY1305',
      'ECDHE-RSA-AES256-SHA384',
      'AES128-SHA',
    ])
  })

  it.each([
    [{ 'ssl.keystore.location': 'nowhere' }, 'Listener INTERNAL: ssl.keystore.location: there is no file nowhere.'],
    [
      { 'ssl.keystore.location': 'own.jks' },
      /^Listener INTERNAL: .*own\.jks cannot be opened: ssl\.keystore\.password/,
    ],
    [{ 'ssl.enabled.protocols': 'SSLv3' }, /^Invalid value SSLv3|names no version of TLS/],
    [{ 'ssl.truststore.location': 'nowhere' }, /ssl\.truststore\.location: there is no file/],
  ])('%o', (properties, sentence) => {
    expect(() => at('INTERNAL', properties as unknown as Record<string, string>)).toThrow(sentence)
  })

  it('needs a certificate', () => {
    const config = new BrokerConfig({ listeners: 'SSL://:1' })
    expect(() => listenerTls(config, 'SSL', disk)).toThrow(/^Listener SSL: there is no certificate: set ssl\.keystore/)
  })
})
