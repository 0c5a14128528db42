import type { SecurityConfig, StoreConfig } from '../config/client-security.ts'
import { ConfigError } from '../config/define.ts'
import type { Disk, TlsSettings, TlsStores, TlsVersion } from '../runtime/index.ts'

const versions: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

/** The TLS that the properties ask for, with its files read; undefined when they ask for none. Throws `ConfigError`. */
export function tlsSettings(config: SecurityConfig, disk: Disk): TlsSettings | undefined {
  if (!config['security.protocol'].endsWith('SSL')) return undefined
  return { ...tlsStores(config, disk), checksHost: config['ssl.endpoint.identification.algorithm'] !== '' }
}

/** The certificates, keys, versions and ciphers that the properties name. Throws `ConfigError`. */
export function tlsStores(config: StoreConfig, disk: Disk): TlsStores {
  const enabled = versions.filter((version) => config['ssl.enabled.protocols'].includes(version))
  const [min] = enabled
  if (min === undefined) throw new ConfigError('ssl.enabled.protocols names no version of TLS.')
  const mine = own(config, disk)
  const passwords = [config['ssl.key.password'], config['ssl.keystore.password']]
  if (mine && 'pkcs12' in mine) passwords.reverse()
  return {
    trusted: trusted(config, disk),
    own: mine,
    password: passwords[0] ?? passwords[1] ?? undefined,
    versions: { min, max: enabled.at(-1) as TlsVersion },
    ciphers: config['ssl.cipher.suites'].map(opensslName),
  }
}

/** Java has the standard's names of ciphers, OpenSSL its own, except for those of TLS 1.3: `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`. */
function opensslName(suite: string): string {
  const old = /^(?:TLS|SSL)_(.+)_WITH_(.+)$/.exec(suite)
  if (!old) return suite
  const [, exchange = '', cipher = ''] = old
  const short = cipher
    .replace(/^(AES|CAMELLIA)_(\d+)/, '$1$2')
    .replace(/_CBC_/, '_')
    .replace(/^CHACHA20_POLY1305_SHA256$/, 'CHACHA20_POLY1305')
  return [...(exchange === 'RSA' ? [] : [exchange]), short].join('_').replaceAll('_', '-')
}

type Store = 'truststore' | 'keystore'
type Content = { readonly pem: string } | { readonly pkcs12: Buffer }

/** What a store's file holds is told by its bytes: Java's default type is JKS, and it reads PKCS12 under that name too. */
function readStore(store: Store, path: string, disk: Disk): Content {
  const bytes = disk.readFile(path)
  if (!bytes) throw new ConfigError(`ssl.${store}.location: there is no file ${path}.`)
  if (bytes.length >= 4 && bytes.readUInt32BE(0) === 0xfeed_feed)
    throw new ConfigError(
      `ssl.${store}.location: ${path} is a JKS file, which only Java reads. ${conversions[store](path)}`,
    )
  const text = bytes.toString('latin1')
  if (text.includes('-----BEGIN ')) return { pem: text }
  if (bytes[0] === 0x30) return { pkcs12: bytes }
  throw new ConfigError(`ssl.${store}.location: ${path} is neither PEM nor PKCS12.`)
}

const conversions: Readonly<Record<Store, (path: string) => string>> = {
  truststore: (path) =>
    `Convert it with \`keytool -list -rfc -keystore ${path} > truststore.pem\`, and set ssl.truststore.location=truststore.pem and ssl.truststore.type=PEM.`,
  keystore: (path) =>
    `Convert it with \`keytool -importkeystore -srckeystore ${path} -destkeystore keystore.p12 -deststoretype PKCS12\`, and set ssl.keystore.location=keystore.p12 and ssl.keystore.type=PKCS12.`,
}

/** Inline certificates may have spaces where their lines end, for a properties file has no lines in a value. */
const inLines = (pem: string): string =>
  pem.replace(
    /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g,
    (_, kind: string, body: string) => `-----BEGIN ${kind}-----\n${lined(body)}\n-----END ${kind}-----\n`,
  )

/** Base64 in lines, after the headers of an old encrypted key, which have lines already. */
const lined = (body: string): string =>
  body.includes(':') ? body.trim() : (body.replace(/\s+/g, '').match(/.{1,64}/g) ?? []).join('\n')

const certificatesIn = (pem: string): string =>
  (pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []).join('\n')

function trusted(config: StoreConfig, disk: Disk): string | undefined {
  const inline = config['ssl.truststore.certificates']
  const path = config['ssl.truststore.location']
  if (inline !== null) return certificates('ssl.truststore.certificates', inLines(inline))
  if (path === null) return undefined
  const store = readStore('truststore', path, disk)
  if ('pem' in store) return certificates(path, store.pem)
  throw new ConfigError(
    `ssl.truststore.location: ${path} is a PKCS12 file, and truststores are read as PEM only. ${conversions.truststore(path)}`,
  )
}

function certificates(where: string, pem: string): string {
  const found = certificatesIn(pem)
  if (found === '') throw new ConfigError(`There is no certificate in ${where}.`)
  return found
}

function own(config: StoreConfig, disk: Disk): TlsStores['own'] {
  const [key, chain] = [config['ssl.keystore.key'], config['ssl.keystore.certificate.chain']]
  if (key !== null && chain !== null)
    return { certificates: certificates('ssl.keystore.certificate.chain', inLines(chain)), key: inLines(key) }
  if (key !== null || chain !== null)
    throw new ConfigError('ssl.keystore.key and ssl.keystore.certificate.chain go together.')
  const path = config['ssl.keystore.location']
  if (path === null) return undefined
  const store = readStore('keystore', path, disk)
  if ('pkcs12' in store) return store
  const own = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----/.exec(store.pem)?.[0]
  if (own === undefined) throw new ConfigError(`There is no private key in ${path}.`)
  return { certificates: certificates(path, store.pem), key: own }
}
