import { describe, expect, it } from 'vitest'
import { adminConfig } from '../../src/config/client.ts'
import { parseJaas } from '../../src/config/jaas.ts'

const read = (text: string) => {
  const { module, options } = parseJaas(text)
  return { module, options: Object.fromEntries(options) }
}

describe('sasl.jaas.config', () => {
  it("is read as Kafka's users write it", () => {
    const text = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="a;b=c d";'
    expect(read(text)).toEqual({
      module: 'org.apache.kafka.common.security.plain.PlainLoginModule',
      options: { username: 'alice', password: 'a;b=c d' },
    })
  })

  it('has quotes, escapes, comments and lines', () => {
    const text = `a.ScramLoginModule REQUIRED // who
      username='it is "me"' /* and the
      secret */ password="q\\"u\\\\o\\101" tokenauth = true ;`
    expect(read(text)).toEqual({
      module: 'a.ScramLoginModule',
      options: { username: 'it is "me"', password: 'q"u\\oA', tokenauth: 'true' },
    })
  })

  it.each([
    ['', /names no login module/],
    ['x.PlainLoginModule', /comes one of required/],
    ['x.PlainLoginModule username="a";', /comes one of required/],
    ['x.PlainLoginModule required username="a"', /no semicolon at its end/],
    ['x.PlainLoginModule required username="a;', /quotation mark is not closed/],
    ['x.PlainLoginModule required username a;', /option 1 is not name="value"/],
    ['x.PlainLoginModule required username=;', /option 1 is not name="value"/],
    ['x.PlainLoginModule required a=b; y.Other required;', /more than one login module/],
  ])('%s', (text, why) => expect(() => parseJaas(text)).toThrow(why))

  it('never shows a secret in what it complains of', () => {
    expect(() => parseJaas('x.PlainLoginModule required username=a password=sec ret;')).toThrow(/^(?!.*\bret\b)/)
  })
})

describe('the properties of a login', () => {
  const config = (properties: Record<string, string>) => () =>
    adminConfig({ 'bootstrap.servers': 'localhost:1', 'security.protocol': 'sasl_plaintext', ...properties })
  const plain = 'x.PlainLoginModule required username="a" password="b";'

  it.each([
    [{}, /^sasl\.mechanism=GSSAPI is not there: this client logs in with PLAIN, .* or AWS_MSK_IAM\.$/],
    [{ 'sasl.mechanism': 'PLAIN' }, /^security\.protocol=SASL_PLAINTEXT needs sasl\.jaas\.config, such as: /],
    [{ 'sasl.mechanism': 'SCRAM-SHA-256', 'sasl.jaas.config': plain }, /goes with ScramLoginModule/],
    [
      { 'sasl.mechanism': 'PLAIN', 'sasl.jaas.config': 'x.PlainLoginModule required;' },
      /no username and no password\.$/,
    ],
    [
      { 'security.protocol': 'NOPE' },
      /^Invalid value NOPE for configuration security\.protocol: String must be one of/,
    ],
    [{ 'security.protocol': 'SSL', 'ssl.provider': 'BC' }, /^ssl\.provider is not there/],
    [{ 'security.protocol': 'SSL', 'ssl.enabled.protocols': 'SSLv3' }, /String must be one of: TLSv1, /],
  ])('%o', (properties, why) => expect(config(properties as Record<string, string>)).toThrow(why))

  it('are not asked for where nobody logs in', () => {
    expect(config({ 'security.protocol': 'PLAINTEXT', 'sasl.mechanism': 'GSSAPI' })).not.toThrow()
  })
})
